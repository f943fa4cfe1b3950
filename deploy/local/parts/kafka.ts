import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import kafkajs, { type AclEntry } from 'kafkajs';
import { StackProblem } from '../problem.js';
import { type Launch, until } from '../processes.js';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, ResourcePatternTypes, logLevel } = kafkajs;
const run = promisify(execFile);
process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1';

export interface KafkaNode {
  id: number;
  name: string;
  /** Default: the loopback. */
  host?: string;
  port: number;
  controllerPort: number;
}

export interface KafkaSetup {
  /** Holds one data folder a node. */
  folder: string;
  jars: string;
  log4j: string;
  clusterId: string;
  nodes: KafkaNode[];
  /** Name to password; `broker` and `admin` are its super users. */
  users: Record<string, string>;
  logOf(name: string): string;
}

const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required';

/** server.properties of one combined node: both listeners ask for a user and a password, and only super users may do what no rule allows. */
export const properties = (setup: KafkaSetup, node: KafkaNode): string => {
  const { users, nodes, folder } = setup;
  const copies = Math.min(3, nodes.length);
  const all = Object.entries(users)
    .map(([user, password]) => `user_${user}="${password}"`)
    .join(' ');
  const host = node.host ?? '127.0.0.1';
  const asBroker = `username="broker" password="${users.broker}"`;
  return `process.roles=broker,controller
node.id=${node.id}
controller.quorum.voters=${nodes.map((other) => `${other.id}@${other.host ?? '127.0.0.1'}:${other.controllerPort}`).join(',')}
listeners=CLIENT://${host}:${node.port},CONTROLLER://${host}:${node.controllerPort}
advertised.listeners=CLIENT://${host}:${node.port}
listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT
inter.broker.listener.name=CLIENT
controller.listener.names=CONTROLLER
sasl.enabled.mechanisms=PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.mechanism.controller.protocol=PLAIN
listener.name.client.sasl.enabled.mechanisms=PLAIN
listener.name.client.plain.sasl.jaas.config=${PLAIN} ${asBroker} ${all};
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config=${PLAIN} ${asBroker} user_broker="${users.broker}";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=false
super.users=User:broker;User:admin
log.dirs=${join(folder, String(node.id), 'data')}
auto.create.topics.enable=false
default.replication.factor=${copies}
min.insync.replicas=${copies > 1 ? 2 : 1}
offsets.topic.replication.factor=${copies}
offsets.topic.num.partitions=12
transaction.state.log.replication.factor=${copies}
transaction.state.log.min.isr=${copies > 1 ? 2 : 1}
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=${copies}
share.coordinator.state.topic.min.isr=${copies > 1 ? 2 : 1}
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
log.retention.hours=336
log.segment.bytes=67108864
log.cleaner.dedupe.buffer.size=16777216
message.max.bytes=2097152
num.network.threads=2
num.io.threads=4
num.recovery.threads.per.data.dir=2
controlled.shutdown.max.retries=1
`;
};

/** An app writes only to topics that bear its name, reads every app's, and consumes in groups that bear its name (S1). */
export const rulesFor = (apps: readonly string[]): AclEntry[] => {
  const allow = (app: string, resourceType: number, operation: number, resourceName: string): AclEntry => ({
    principal: `User:${app}`,
    host: '*',
    permissionType: AclPermissionTypes.ALLOW,
    resourceType,
    operation,
    resourceName,
    resourcePatternType: ResourcePatternTypes.PREFIXED,
  });
  const { TOPIC, GROUP, CLUSTER } = AclResourceTypes;
  const { CREATE, WRITE, READ, DESCRIBE, DESCRIBE_CONFIGS, DELETE, IDEMPOTENT_WRITE } = AclOperationTypes;
  return apps.flatMap((app) => [
    allow(app, TOPIC, WRITE, `${app}.`),
    // Its relay makes its topics again when Kafka was wiped.
    allow(app, TOPIC, CREATE, `${app}.`),
    ...apps.flatMap((other) => [
      allow(app, TOPIC, READ, `${other}.`),
      allow(app, TOPIC, DESCRIBE, `${other}.`),
      allow(app, TOPIC, DESCRIBE_CONFIGS, `${other}.`),
    ]),
    allow(app, GROUP, READ, app),
    allow(app, GROUP, DESCRIBE, app),
    allow(app, GROUP, DELETE, app),
    { ...allow(app, CLUSTER, IDEMPOTENT_WRITE, 'kafka-cluster'), resourcePatternType: ResourcePatternTypes.LITERAL },
    { ...allow(app, CLUSTER, DESCRIBE, 'kafka-cluster'), resourcePatternType: ResourcePatternTypes.LITERAL },
  ]);
};

const java = (setup: KafkaSetup, heap: string): string[] => [
  ...[
    `-Xmx${heap}`,
    `-Xms${heap === '256m' ? '64m' : heap}`,
    '-XX:+UseSerialGC',
    '-XX:+ExitOnOutOfMemoryError',
    '-XX:-UsePerfData',
    // A local broker lives for minutes: the second compiler would cost it more than it ever gives back.
    '-XX:TieredStopAtLevel=1',
  ],
  ...[`-Dlog4j2.configurationFile=${setup.log4j}`, '-Djava.awt.headless=true', '-cp', join(setup.jars, '*')],
];

const remedy = (setup: KafkaSetup): string =>
  `Stop the stack, delete ${setup.folder} and start again: the apps send what they hold once more.`;

/** One argument, because an id may begin with a dash and would be taken for an option. */
export const formatting = (clusterId: string, file: string): string[] => [
  ...['kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '-c', file],
];

/** Formats the node's folder when it is new and says how to start it. */
export const prepareKafka = async (setup: KafkaSetup, id: number): Promise<Launch> => {
  const node = setup.nodes.find((it) => it.id === id)!;
  const folder = join(setup.folder, String(id));
  const file = join(folder, 'server.properties');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(file, properties(setup, node), { mode: 0o600 });
  if (!existsSync(join(folder, 'formatted'))) {
    await rm(join(folder, 'data'), { recursive: true, force: true });
    await run('java', [...java(setup, '256m'), ...formatting(setup.clusterId, file)]);
    await writeFile(join(folder, 'formatted.new'), setup.clusterId);
    await rename(join(folder, 'formatted.new'), join(folder, 'formatted'));
  } else if (!existsSync(join(folder, 'data/meta.properties'))) {
    throw new StackProblem(`Kafka's data folder ${folder} is damaged. ${remedy(setup)}`);
  }
  return {
    name: node.name,
    command: 'java',
    args: [...java(setup, setup.nodes.length === 1 ? '512m' : '384m'), 'kafka.Kafka', file],
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', ...(process.env.JAVA_HOME ? { JAVA_HOME: process.env.JAVA_HOME } : {}) },
    log: setup.logOf(node.name),
    stopWithinMs: 15_000,
    remedy: `If its data is damaged: ${remedy(setup)}`,
    ready: () => until(() => answers(`127.0.0.1:${node.port}`, setup.users), 180_000, 200),
  };
};

const admin = (broker: string, users: Record<string, string>) =>
  new Kafka({
    clientId: 'muster-stack',
    brokers: [broker],
    sasl: { mechanism: 'plain', username: 'admin', password: users.admin! },
    connectionTimeout: 2_000,
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  }).admin();

const answers = async (broker: string, users: Record<string, string>): Promise<void> => {
  const client = admin(broker, users);
  try {
    await client.connect();
    await client.describeCluster();
  } finally {
    await client.disconnect().catch(() => {});
  }
};

/** Writes the rights; doing so again changes nothing. */
export const grantRights = async (
  brokers: string[],
  users: Record<string, string>,
  apps: readonly string[],
): Promise<void> => {
  const client = admin(brokers[0]!, users);
  await client.connect();
  try {
    await client.createAcls({ acl: rulesFor(apps) });
  } finally {
    await client.disconnect();
  }
};
