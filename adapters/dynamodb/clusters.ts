/** Registered clusters, and the counter that hands out epochs. */
import { Registration } from '../../core/cluster/registration.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { environment } from '../environment/environment.ts';
import { getItem, scanItems, updateItem } from './table.ts';

/** The registration of one cluster. Throws CLUSTER_UNKNOWN. */
export async function loadRegistration(cluster: string): Promise<Registration> {
  const item = await getItem(environment('CLUSTERS_TABLE'), { cluster });
  if (!item?.['registration']) throw new RingwardError('CLUSTER_UNKNOWN', { field: 'cluster', value: cluster });
  return Registration.parse(item['registration']);
}

/** Every registered cluster. */
export async function loadRegistrations(): Promise<Registration[]> {
  const items = await scanItems(environment('CLUSTERS_TABLE'));
  return items.flatMap((item) => (item['registration'] ? [Registration.parse(item['registration'])] : []));
}

/** Stores a registration; an epoch that was already handed out stays. */
export async function saveRegistration(registration: Registration, at: number): Promise<void> {
  await updateItem({
    TableName: environment('CLUSTERS_TABLE'),
    Key: { cluster: registration.cluster },
    UpdateExpression: 'SET #registration = :registration, registeredAt = :at',
    ExpressionAttributeNames: { '#registration': 'registration' },
    ExpressionAttributeValues: { ':registration': registration, ':at': at },
  });
}

/** The next epoch of a cluster: whoever holds the newest one acts, every older one is fenced (I5). */
export async function takeEpoch(cluster: string): Promise<number> {
  const item = await updateItem({
    TableName: environment('CLUSTERS_TABLE'),
    Key: { cluster },
    UpdateExpression: 'ADD epoch :one',
    ExpressionAttributeValues: { ':one': 1 },
  });
  return Number(item?.['epoch']);
}
