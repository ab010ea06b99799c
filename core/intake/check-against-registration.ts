/** An event may name only what is registered: nodes, addresses, paths, environment. */
import { filesOfNode, type Registration } from '../cluster/registration.ts';
import { RingwardError } from '../errors/catalogue.ts';
import { nearest } from '../errors/from-schema.ts';
import type { DeployedNode, DeploymentDetail } from '../events/deployment-events.ts';

/** Throws NODE_UNKNOWN, PATH_NOT_REGISTERED or FIELD_INVALID; `nodes` are the event's own, or the manifest's when it has one. */
export function checkAgainstRegistration(detail: DeploymentDetail, nodes: readonly DeployedNode[], registration: Registration): void {
  if (detail.cluster !== registration.cluster) {
    throw new RingwardError('CLUSTER_UNKNOWN', {
      field: 'detail.cluster',
      value: detail.cluster,
      fix: `This registration is of ${registration.cluster}.`,
    });
  }
  if (detail.environment !== undefined && detail.environment !== registration.environment) {
    throw new RingwardError('FIELD_INVALID', {
      message: 'The event and the registration disagree about the environment.',
      field: 'detail.environment',
      value: detail.environment,
      fix: `Send "${registration.environment}", or register the cluster anew.`,
    });
  }
  if (nodes.length === 0)
    throw new RingwardError('FIELD_INVALID', {
      message: 'The deployment names no node.',
      field: 'detail.nodes',
      value: 'a list of 0',
      fix: 'Name every node that was written to.',
    });
  const seen = new Set<string>();
  nodes.forEach((deployed, i) => {
    const field = `detail.nodes[${i}]`;
    if (seen.has(deployed.node))
      throw new RingwardError('FIELD_INVALID', {
        message: 'A node is named twice.',
        field: `${field}.node`,
        value: deployed.node,
        fix: 'Name each node once, with all its artifacts.',
      });
    seen.add(deployed.node);
    checkNode(deployed, field, registration);
  });
}

function checkNode(deployed: DeployedNode, field: string, registration: Registration): void {
  const ids = registration.nodes.map(({ node }) => node);
  const registered = registration.nodes.find(({ node }) => node === deployed.node);
  if (!registered) {
    const meant = nearest(deployed.node, ids);
    throw new RingwardError('NODE_UNKNOWN', {
      field: `${field}.node`,
      value: deployed.node,
      fix: meant
        ? `Did you mean ${meant}? Otherwise register the node with ${registration.cluster}.`
        : `Register the node with ${registration.cluster}.`,
    });
  }
  if (deployed.address !== undefined && deployed.address !== registered.address) {
    throw new RingwardError('FIELD_INVALID', {
      message: 'The address is not the registered one.',
      field: `${field}.address`,
      value: deployed.address,
      fix: `${deployed.node} is registered with ${registered.address}.`,
    });
  }
  const files = filesOfNode(registration, registered);
  const paths = new Set<string>();
  deployed.artifacts.forEach((artifact, i) => {
    const at = `${field}.artifacts[${i}]`;
    const file = files.find(({ path }) => path === artifact.path);
    if (!file) throw new RingwardError('PATH_NOT_REGISTERED', { field: `${at}.path`, value: artifact.path });
    if (file.kind !== artifact.kind) {
      throw new RingwardError('FIELD_INVALID', {
        message: 'The artifact’s kind is not the registered one.',
        field: `${at}.kind`,
        value: artifact.kind,
        fix: `${artifact.path} is registered as ${file.kind}.`,
      });
    }
    if (paths.has(artifact.path))
      throw new RingwardError('FIELD_INVALID', {
        message: 'A path is named twice.',
        field: `${at}.path`,
        value: artifact.path,
        fix: 'Name each path once.',
      });
    paths.add(artifact.path);
  });
}
