/** The part of an SDK exception that says how the service answered. */
export const noAnswer = (
  status: number,
): { readonly $metadata: { readonly httpStatusCode: number; readonly requestId: string; readonly attempts: number } } => ({
  $metadata: { httpStatusCode: status, requestId: 'simulated', attempts: 3 },
});

/** An exception of a service that another try may mend, as the SDK throws it when its own tries are over. */
export function serviceFailure(name: string, status = 500): Error {
  return Object.assign(new Error(`${name}: simulated`), { name, $fault: 'server', ...noAnswer(status) });
}
