/** Findings about performance. Those of single nodes advise, and nothing is rolled back for them alone; what probes measure decides where peers see it too. */
import { ANYWHERE, CLIENT, define, NODE } from './code-form.ts';

export const LOAD_CODES = define({
  CONNECTION_SLOW: {
    severity: 'warning',
    rank: 160,
    seenFrom: CLIENT,
    meaning: 'Fresh connections take longer than allowed.',
    action: 'See the node’s load, the network between, and the size of the chain.',
  },
  THROUGHPUT_LOST: {
    severity: 'warning',
    rank: 161,
    seenFrom: NODE,
    meaning: 'The node serves fewer requests than before the deployment.',
    action: 'See whether clients have come back; compare with the hour of the day.',
  },
  HEAP_GROWS: {
    severity: 'warning',
    rank: 162,
    seenFrom: NODE,
    meaning: 'What is left in the heap after collections grows without end.',
    action: 'Take a heap dump; restart the node before its heap is full.',
  },
  CPU_INCREASED: {
    severity: 'warning',
    rank: 163,
    seenFrom: NODE,
    meaning: 'Cassandra takes more CPU than before the deployment.',
    action: 'See handshakes a second, cipher suites and key types; reconnecting clients cost CPU.',
  },
  CLIENTS_MISSING: {
    severity: 'warning',
    rank: 164,
    seenFrom: ANYWHERE,
    meaning: 'Clients that were connected before have not come back.',
    action: 'See their logs for TLS errors; extend their truststores.',
  },
  MEASURED_BEYOND_LIMIT: {
    severity: 'warning',
    rank: 165,
    seenFrom: ANYWHERE,
    meaning: 'Since the deployment the node fails more often, or answers more slowly, than its profile allows.',
    action: 'See what the new certificate costs: its key, its chain, lists and responders that are asked; and the load.',
  },
  HEALTH_FAILING: {
    severity: 'warning',
    rank: 166,
    seenFrom: ['node', 'client'],
    meaning: 'A health check that passed before the deployment fails.',
    action: 'See what it says; the report names what else was seen.',
  },
});
