/** The CDK app: `cdk synth`, or `npm run synth` without the CDK command line. */
import { App, Aspects } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { RingwardStack } from './stack.ts';

const app = new App({ analyticsReporting: false });
new RingwardStack(app, 'Ringward', { description: 'Ringward guards Apache Cassandra rings through certificate deployments.' });
Aspects.of(app).add(new AwsSolutionsChecks({ verbose: true }));
app.synth();
