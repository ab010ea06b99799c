/** The text of a node's configuration files. Secrets come in as arguments. */
import { stringify } from 'yaml';
import { classDataOption } from './class-data.ts';
import type { CassandraProgram } from './java.ts';
import { MODULE_OPTIONS, QUICK_START_OPTIONS, SMALL_JVM_OPTIONS } from './java.ts';
import type { RingNode } from './topology.ts';
import { CLIENT_PORT, CLUSTER, INTERNODE_PORT, JMX_PORT, PATHS } from './topology.ts';

/** cassandra.yaml of a node: mutual TLS from PEM files on both ports, endpoint verification off as 5.0.6 cannot combine the two. */
export function cassandraYaml(node: RingNode, seed: RingNode, keystorePassword: string): string {
  const at = (path: string) => node.folder + path;
  const tls = {
    ssl_context_factory: { class_name: 'org.apache.cassandra.security.PEMBasedSslContextFactory' },
    keystore: at(PATHS.keystore),
    keystore_password: keystorePassword,
    truststore: at(PATHS.truststore),
    require_client_auth: true,
  };
  return stringify(
    {
      cluster_name: CLUSTER,
      num_tokens: 4,
      auto_bootstrap: false,
      seed_provider: [
        { class_name: 'org.apache.cassandra.locator.SimpleSeedProvider', parameters: [{ seeds: `${seed.address}:${INTERNODE_PORT}` }] },
      ],
      listen_address: node.address,
      rpc_address: node.address,
      native_transport_port: CLIENT_PORT,
      storage_port: INTERNODE_PORT,
      endpoint_snitch: 'SimpleSnitch',
      partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
      authenticator: 'AllowAllAuthenticator',
      authorizer: 'AllowAllAuthorizer',
      data_file_directories: [at(`${PATHS.data}/data`)],
      commitlog_directory: at(`${PATHS.data}/commitlog`),
      saved_caches_directory: at(`${PATHS.data}/saved_caches`),
      hints_directory: at(`${PATHS.data}/hints`),
      cdc_raw_directory: at(`${PATHS.data}/cdc_raw`),
      commitlog_sync: 'periodic',
      commitlog_sync_period: '10000ms',
      commitlog_segment_size: '8MiB',
      commitlog_total_space: '64MiB',
      memtable_heap_space: '64MiB',
      memtable_offheap_space: '64MiB',
      file_cache_size: '32MiB',
      networking_cache_size: '16MiB',
      key_cache_size: '4MiB',
      counter_cache_size: '0MiB',
      concurrent_reads: 4,
      concurrent_writes: 4,
      concurrent_counter_writes: 4,
      native_transport_max_threads: 8,
      disk_access_mode: 'standard',
      auto_snapshot: false,
      incremental_backups: false,
      server_encryption_options: { internode_encryption: 'all', require_endpoint_verification: false, ...tls },
      client_encryption_options: { enabled: true, optional: false, ...tls },
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
}

/** Java arguments of the node, for `java @file`. */
export function jvmOptions(node: RingNode, program: CassandraProgram): string {
  const at = (path: string) => node.folder + path;
  return argumentFile([
    ...SMALL_JVM_OPTIONS,
    ...classDataOption(node, program.jdk),
    ...MODULE_OPTIONS,
    ...QUICK_START_OPTIONS,
    `-javaagent:${agent(program)}`,
    '-cp',
    program.jars.join(':'),
    `-Dcassandra.config=file://${at(PATHS.yaml)}`,
    `-Dcassandra.storagedir=${at(PATHS.data)}`,
    `-Dcassandra.logdir=${at('/var/log/cassandra')}`,
    `-Dlogback.configurationFile=${at(PATHS.logback)}`,
    `-Dcom.sun.management.jmxremote.host=${node.address}`,
    `-Djava.rmi.server.hostname=${node.address}`,
    `-Dcom.sun.management.jmxremote.port=${JMX_PORT}`,
    `-Dcom.sun.management.jmxremote.rmi.port=${JMX_PORT}`,
    '-Dcom.sun.management.jmxremote.authenticate=false',
    '-Dcom.sun.management.jmxremote.ssl=true',
    '-Dcom.sun.management.jmxremote.registry.ssl=true',
    '-Dcom.sun.management.jmxremote.ssl.need.client.auth=true',
    `-Dcom.sun.management.jmxremote.ssl.config.file=${at(PATHS.jmxTls)}`,
    `-Djava.io.tmpdir=${at('/tmp')}`,
    '-Dfile.encoding=UTF-8',
  ]);
}

/** Java arguments of nodetool, as Cassandra's own script sets them. */
export function toolOptions(node: RingNode, program: CassandraProgram): string {
  return argumentFile([
    '-ea',
    '-Xmx128m',
    '-XX:ParallelGCThreads=1',
    ...MODULE_OPTIONS,
    '-cp',
    program.jars.join(':'),
    `-Dcassandra.storagedir=${node.folder}${PATHS.data}`,
    `-Dlogback.configurationFile=${node.folder}${PATHS.toolLogback}`,
    '-Dssl.enable=true',
  ]);
}

/** Key and trust stores of the JDK's JMX agent. */
export function jmxTlsProperties(node: RingNode, password: string): string {
  const at = (path: string) => node.folder + path;
  return stores('', at(PATHS.jmxKeystore), at(PATHS.jmxTruststore), password);
}

/** TLS material of nodetool, in the format of Cassandra's own nodetool-ssl.properties. */
export function nodetoolTlsProperties(node: RingNode, password: string): string {
  const at = (path: string) => node.folder + path;
  return stores('-D', at(PATHS.jmxClientKeystore), at(PATHS.jmxTruststore), password);
}

function stores(prefix: string, keystore: string, truststore: string, password: string): string {
  return [
    `javax.net.ssl.keyStore=${keystore}`,
    `javax.net.ssl.keyStorePassword=${password}`,
    'javax.net.ssl.keyStoreType=PKCS12',
    `javax.net.ssl.trustStore=${truststore}`,
    `javax.net.ssl.trustStorePassword=${password}`,
    'javax.net.ssl.trustStoreType=PKCS12',
  ]
    .map((line) => `${prefix}${line}\n`)
    .join('');
}

/** The unit, read by the node folder's systemctl. */
export function unitFile(node: RingNode, program: CassandraProgram): string {
  return [
    '[Unit]',
    `Description=Apache Cassandra ${node.node}`,
    '',
    '[Service]',
    'Type=simple',
    `ExecStart=${node.folder}/bin/cassandra`,
    `Environment="JAVA_HOME=${program.jdk.home}"`,
    'TimeoutStopSec=30',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');
}

/** Log to a file as packages of Cassandra do, one of 20 MB and one kept. */
export function logback(node: RingNode): string {
  return `<configuration>
  <appender name="SYSTEM" class="ch.qos.logback.core.rolling.RollingFileAppender">
    <file>${node.folder}${PATHS.log}</file>
    <rollingPolicy class="ch.qos.logback.core.rolling.FixedWindowRollingPolicy">
      <fileNamePattern>${node.folder}${PATHS.log}.%i.zip</fileNamePattern>
      <minIndex>1</minIndex>
      <maxIndex>1</maxIndex>
    </rollingPolicy>
    <triggeringPolicy class="ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy">
      <maxFileSize>20MB</maxFileSize>
    </triggeringPolicy>
    <encoder>
      <pattern>%-5level [%thread] %date{ISO8601} %F:%L - %msg%n</pattern>
    </encoder>
  </appender>
  <root level="INFO">
    <appender-ref ref="SYSTEM" />
  </root>
</configuration>
`;
}

/** As Cassandra's logback-tools.xml: warnings on standard error. */
export const TOOL_LOGBACK = `<configuration>
  <appender name="STDERR" class="ch.qos.logback.core.ConsoleAppender">
    <target>System.err</target>
    <encoder>
      <pattern>%-5level %date{"HH:mm:ss,SSS"} %msg%n</pattern>
    </encoder>
  </appender>
  <root level="WARN">
    <appender-ref ref="STDERR" />
  </root>
</configuration>
`;

function agent(program: CassandraProgram): string {
  const jamm = program.jars.find((jar) => /\/jamm-[^/]*\.jar$/.test(jar));
  if (!jamm) throw new Error('jamm is missing among Cassandra’s jars → remove .cache/cassandra and run the command again');
  return jamm;
}

/** One argument a line, each quoted as java's @file wants it. */
function argumentFile(values: readonly string[]): string {
  return values.map((value) => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"\n`).join('');
}
