/** What Step Functions knows of an execution. */
import { DescribeExecutionCommand, ExecutionDoesNotExist, SFNClient } from '@aws-sdk/client-sfn';
import { localEndpoint } from '../environment/environment.ts';

const stepFunctions = new SFNClient({ disableHostPrefix: localEndpoint });

/** Is this execution still at work? One that Step Functions does not know is not. */
export async function isExecutionRunning(arn: string): Promise<boolean> {
  try {
    return (await stepFunctions.send(new DescribeExecutionCommand({ executionArn: arn }))).status === 'RUNNING';
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return false;
    throw error;
  }
}
