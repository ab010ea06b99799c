/** Where the evidence of one look lies in the evidence bucket, so that every function finds it by name. */

/** One look at a cluster: why it is taken, and the how-manieth window it is. */
export interface Look {
  /** `deployed`: the new files are expected; `old`: after a rollback, those of before. */
  readonly purpose: 'deployed' | 'old';
  readonly window: number;
  /** The window in which the nodes themselves were asked last, where it is not this one. */
  readonly observedIn?: number;
  /** The window in which the nodes tried to load their files last, where it is not this one. */
  readonly triedIn?: number;
  /** The execution that looks, so that a repeated start does not read another's evidence. */
  readonly occasion: string;
}

interface OfDeployment {
  readonly cluster: string;
  readonly deployment: string;
  readonly epoch: number;
}

/** One look of one attempt at a deployment. */
export type OfLook = OfDeployment & Look;

const folderOf = (of: OfDeployment): string => `evidence/${of.cluster}/${of.deployment}/${of.epoch}`;
const lookFolder = (of: OfLook): string => `${folderOf(of)}/${of.purpose}-${of.occasion}-${of.window}`;

/** What one node reported. */
export const observationKey = (of: OfLook, node: string): string => `${lookFolder(of)}/observation-${node}.json`;

/** What the client vantage point saw. */
export const clientObservationKey = (of: OfLook): string => `${lookFolder(of)}/client.json`;

/** What was concluded from all evidence of this look. */
export const verificationsKey = (of: OfLook): string => `${lookFolder(of)}/verifications.json`;

/** How the votes of this look were counted. */
export const tallyKey = (of: OfLook): string => `${lookFolder(of)}/tally.json`;

/** The nodes of a deployment, as the Distributed Map reads them. */
export const nodesKey = (of: OfDeployment, of_what: string): string => `${folderOf(of)}/nodes-${of_what}.json`;

/** What the probes of a watch have shown so far: the state that the next stretch of probing goes on from. */
export const measuredStateKey = (of: OfDeployment): string => `${folderOf(of)}/measured.json`;

/** Probes of the stretch before one window, as a trace that can be replayed. */
export const probesKey = (of: OfDeployment & Pick<Look, 'window'>): string =>
  `${folderOf(of)}/probes-${String(of.window).padStart(5, '0')}.jsonl`;

/** Probes of the time in which a deployment was starting. */
export const probesBeforeKey = (of: Omit<OfDeployment, 'epoch'>): string => `evidence/${of.cluster}/${of.deployment}/probes-before.jsonl`;

/** What bursts of fresh handshakes between the nodes showed last, while no deployment was going on. */
export const usualBurstsKey = (cluster: string): string => `evidence/${cluster}/bursts.json`;

/** The rollback plan. */
export const planKey = (of: OfDeployment): string => `${folderOf(of)}/plan.json`;

/** Our own copy of a manifest. */
export const announcementKey = (of: Omit<OfDeployment, 'epoch'>): string => `evidence/${of.cluster}/${of.deployment}/announced.json`;

/** The newest survey of the ring for a rollback; its token ranges also come from before deployments. */
export const surveyKey = (of: OfDeployment): string => `${folderOf(of)}/survey.json`;

/** Token ranges and keyspaces, as CQL told them last. */
export const topologyKey = (cluster: string): string => `evidence/${cluster}/topology.json`;

/** How the way back of each node went. */
export const conclusionKey = (of: OfDeployment): string => `${folderOf(of)}/conclusion.json`;

/** Where the looks of a deployment lie, of all its epochs. */
export const looksFolder = (of: Omit<OfDeployment, 'epoch'>): string => `evidence/${of.cluster}/${of.deployment}/`;

/** A look whose conclusions lie under a key, or null for the key of anything else. */
export function lookAtKey(key: string): { readonly epoch: number; readonly purpose: Look['purpose']; readonly window: number } | null {
  const [, epoch, purpose, window] = /\/(\d+)\/(deployed|old)-[0-9a-f]+-(\d+)\/verifications\.json$/.exec(key) ?? [];
  return purpose === 'deployed' || purpose === 'old' ? { epoch: Number(epoch), purpose, window: Number(window) } : null;
}

/** Counters of every node, as the newest watches saw them. */
export const loadHistoryKey = (cluster: string): string => `evidence/${cluster}/load.json`;

/** Counters of every node in the windows of one soak. */
export const soakLoadKey = (of: OfLook): string => `${folderOf(of)}/load-${of.purpose}-${of.occasion}.json`;

/** What the health checks of one place said in this look. */
export const healthKey = (of: OfLook, place: 'endpoints' | 'services'): string => `${lookFolder(of)}/health-${place}.json`;

/** Runs of every health check in the windows of one soak. */
export const soakHealthKey = (of: OfLook): string => `${folderOf(of)}/health-${of.purpose}-${of.occasion}.json`;

/** How the health checks stood when this look was judged. */
export const healthStandingKey = (of: OfLook): string => `${lookFolder(of)}/health.json`;

/** The same, beside a look's conclusions. */
export const healthStandingBeside = (verifications: string): string => verifications.replace(/verifications\.json$/, 'health.json');

/** Runs of every health check between deployments, as the newest watches saw them. */
export const healthHistoryKey = (cluster: string): string => `evidence/${cluster}/health.json`;

/** How the cluster looked when it was last found well. */
export const wellStateKey = (cluster: string): string => `evidence/${cluster}/well.json`;

/** The report of a deployment, as a page and as JSON. */
export const reportKeys = (of: Omit<OfDeployment, 'epoch'>): { readonly html: string; readonly json: string } => ({
  html: `reports/${of.cluster}/${of.deployment}/report.html`,
  json: `reports/${of.cluster}/${of.deployment}/report.json`,
});
