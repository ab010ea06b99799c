/** Where encrypted backups lie, the key pair they are encrypted for, and the one that signs their manifests. */
import { CfnOutput, RemovalPolicy } from 'aws-cdk-lib';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { evidenceBucket } from './evidence-store.ts';

export class BackupVault extends Construct {
  readonly bucket: Bucket;
  /** RSA 3072: nodes encrypt with its public half; only `rewrap-key` may ask for the private one. */
  readonly encryption: Key;
  /** ECDSA P-256: signs the statement about each backup. */
  readonly signing: Key;

  constructor(scope: Construct, id: string, accessLogs: Bucket) {
    super(scope, id);
    this.bucket = evidenceBucket(this, 'Bucket', accessLogs);
    // Multi-Region from the first day: it cannot be changed later, and backups are to outlive a region.
    const shared = { multiRegion: true, removalPolicy: RemovalPolicy.RETAIN };
    this.encryption = new Key(this, 'Encryption', {
      ...shared,
      keySpec: KeySpec.RSA_3072,
      keyUsage: KeyUsage.ENCRYPT_DECRYPT,
      description: 'Ringward: content keys of backups',
    });
    this.signing = new Key(this, 'Signing', {
      ...shared,
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      description: 'Ringward: statements about backups',
    });
    for (const [name, value] of [
      ['BackupBucket', this.bucket.bucketName],
      ['BackupKeyId', this.encryption.keyId],
      ['ManifestKeyId', this.signing.keyId],
    ] as const) {
      new CfnOutput(this, `${name}Output`, { value }).overrideLogicalId(name);
    }
  }
}
