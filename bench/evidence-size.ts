/** How much is kept of a deployment. */
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { s3 } from '../adapters/s3/client.ts';

/** Bytes of all objects below the folders of the stand's evidence bucket. */
export async function sizeOfEvidence(folders: readonly string[]): Promise<number> {
  const { StackResources = [] } = await new CloudFormationClient({}).send(new DescribeStackResourcesCommand({ StackName: 'Ringward' }));
  const buckets = StackResources.filter(
    ({ ResourceType, LogicalResourceId }) => ResourceType === 'AWS::S3::Bucket' && /evidence/i.test(LogicalResourceId ?? ''),
  );
  let bytes = 0;
  for (const { PhysicalResourceId } of buckets)
    for (const Prefix of folders)
      for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: PhysicalResourceId, Prefix }))
        bytes += Contents.reduce((sum, { Size = 0 }) => sum + Size, 0);
  if (bytes === 0) throw new Error(`nothing is kept below ${folders.join(', ')}`);
  return bytes;
}
