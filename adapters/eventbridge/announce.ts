/** Events that Ringward sends: versioned, documented in docs/guide/events.md. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';

const events = new EventBridgeClient({});

/** Sends one event from source `ringward`; a failure is reported to the caller as `false`, never thrown (I9). */
export async function announce(detailType: string, detail: Readonly<Record<string, unknown>>): Promise<boolean> {
  try {
    const answer = await events.send(
      new PutEventsCommand({ Entries: [{ Source: 'ringward', DetailType: detailType, Detail: JSON.stringify({ schema: 1, ...detail }) }] }),
    );
    return (answer.FailedEntryCount ?? 0) === 0;
  } catch (error) {
    console.error(JSON.stringify({ message: 'an announcement was not sent', detailType, error: String(error) }));
    return false;
  }
}
