/**
 * Who may import whom. Each rule is proved by a planted violation in test/rules/imports.process.spec.ts.
 * Type-only imports count too (`tsPreCompilationDeps`): a type is knowledge as well.
 */

/** calendar, contracts and telemetry are known to all; beyond them a lib knows these. */
const LIBS = {
  contracts: [],
  telemetry: [],
  language: [],
  calendar: ['contracts'],
  database: ['telemetry'],
  geography: ['database'],
  messaging: ['database'],
  privacy: ['database'],
  // database for the codes of failures alone: what is transient is decided in one place.
  kafka: ['messaging', 'database'],
  queue: ['database'],
  http: ['database', 'messaging', 'language'],
  access: ['http', 'language'],
  operator: ['access', 'http', 'messaging', 'queue', 'database'],
  web: ['http', 'language'],
};
const KNOWN_TO_ALL = ['calendar', 'contracts', 'telemetry'];
const KNOWS_NOTHING = ['contracts', 'telemetry', 'language'];
const SPEC = '\\.(spec|fixture)\\.ts$';

const libRules = Object.entries(LIBS).map(([lib, known]) => {
  const allowed = [lib, ...known, ...(KNOWS_NOTHING.includes(lib) ? [] : KNOWN_TO_ALL)];
  return {
    name: `lib-${lib}`,
    comment: `${lib} may know only: ${allowed.filter((it) => it !== lib).join(', ') || 'nothing of ours'}.`,
    severity: 'error',
    from: { path: `^libs/${lib}/`, pathNot: SPEC },
    to: { path: '^libs/', pathNot: `^libs/(${allowed.join('|')})/` },
  };
});

const forbidden = [
  {
    name: 'apps-apart',
    comment: 'Apps never import apps: they talk through events.',
    severity: 'error',
    from: { path: '^apps/([^/]+)/' },
    to: { path: '^apps/', pathNot: '^apps/$1/' },
  },
  {
    name: 'libs-below-apps',
    comment: 'Libs never import apps.',
    severity: 'error',
    from: { path: '^libs/' },
    to: { path: '^apps/' },
  },
  {
    name: 'tests-are-not-code',
    comment: 'Nothing imports test/; specs may read test/compat and what test/services.ts tells.',
    severity: 'error',
    from: { path: '^(apps|libs|outside|tools|deploy)/', pathNot: SPEC },
    to: { path: '^test/' },
  },
  {
    name: 'specs-read-only-compat',
    comment: 'Specs beside the code may read test/compat and the types of test/services.ts, nothing else of test/.',
    severity: 'error',
    from: { path: `^(apps|libs|outside|tools|deploy)/.*${SPEC}` },
    to: { path: '^test/', pathNot: '^test/(compat|contract)/|^test/services\\.ts$' },
  },
  {
    name: 'outside-knows-nothing-of-ours',
    comment: 'The servers that play the outside world are reached by wire only (S5).',
    severity: 'error',
    from: { path: '^outside/' },
    to: { path: '^(apps|libs|deploy|tools|test)/' },
  },
  {
    name: 'nobody-imports-outside',
    comment: 'The outside world is reached by wire only; it never ships (S5).',
    severity: 'error',
    from: { path: '^(apps|libs|deploy|tools|test)/', pathNot: SPEC },
    to: { path: '^outside/' },
  },
  {
    name: 'no-local-stack-in-the-product',
    comment: 'What starts the local stack, its demo and the tools never ship inside an app (S5).',
    severity: 'error',
    from: { path: '^(apps|libs)/', pathNot: SPEC },
    to: { path: '^(deploy|tools)/' },
  },
  {
    name: 'lib-by-its-door',
    comment: 'A lib is entered by its src/index.ts; the one other door is @app/database/sql.',
    severity: 'error',
    from: { path: '^(apps|tools|deploy|test)/' },
    to: { path: '^libs/[^/]+/', pathNot: '^libs/[^/]+/src/index\\.ts$|^libs/database/src/sql\\.ts$' },
  },
  {
    name: 'lib-by-its-door-from-libs',
    comment: 'Libs too enter each other by the door.',
    severity: 'error',
    from: { path: '^libs/([^/]+)/' },
    to: { path: '^libs/', pathNot: '^libs/$1/|^libs/[^/]+/src/index\\.ts$|^libs/database/src/sql\\.ts$' },
  },
  ...libRules,
  {
    name: 'boot-is-on-top',
    comment: 'No lib but testing imports boot.',
    severity: 'error',
    from: { path: '^libs/', pathNot: `^libs/(boot|testing)/|${SPEC}` },
    to: { path: '^libs/boot/' },
  },
  {
    name: 'testing-for-specs',
    comment: 'Only specs (and the suites of test/) import @app/testing.',
    severity: 'error',
    from: { path: '^(apps|libs|outside|tools|deploy)/', pathNot: `^libs/testing/|${SPEC}` },
    to: { path: '^libs/testing/' },
  },
  {
    name: 'contracts-know-zod',
    comment: 'contracts imports zod only.',
    severity: 'error',
    from: { path: '^libs/contracts/', pathNot: SPEC },
    to: { dependencyTypes: ['npm', 'npm-dev', 'core'], pathNot: 'node_modules/zod/' },
  },
  {
    name: 'decider-is-pure',
    comment:
      'A decider calls other deciders, plain tables of its own app (no suffix), the vocabulary, the calendar, distances; of the rest it may know shapes.',
    severity: 'error',
    from: { path: '\\.decider\\.ts$' },
    to: {
      pathNot: '\\.decider\\.ts$|^libs/(contracts|calendar|geography)/src/index\\.ts$|^(apps|libs)/[^.]+\\.ts$',
      dependencyTypesNot: ['type-only'],
    },
  },
  {
    name: 'decider-without-machinery',
    comment: 'No type makes up for it: a decider does not even name Nest, a driver or a lib that does work.',
    severity: 'error',
    from: { path: '\\.decider\\.ts$' },
    to: {
      path: 'node_modules/|^libs/(database|messaging|kafka|queue|privacy|http|access|operator|web|boot|telemetry)/src/index',
      pathNot: 'node_modules/zod/',
    },
  },
  {
    name: 'sql-where-the-suffix-says-so',
    comment: 'Only repositories, entities, queries and projections unwrap a transaction.',
    severity: 'error',
    from: {
      path: '^(apps|libs)/',
      pathNot: `\\.(repository|entity|query|projection)\\.ts$|^libs/(database|testing)/|${SPEC}`,
    },
    to: { path: '^libs/database/src/sql\\.ts$' },
  },
  {
    name: 'database-driver-in-its-lib',
    comment: 'pg and TypeORM stand behind libs/database.',
    severity: 'error',
    from: { path: '^(apps|libs)/', pathNot: `^libs/(database|testing)/|\\.entity\\.ts$|${SPEC}` },
    to: { path: 'node_modules/(pg|typeorm)/' },
  },
  {
    name: 'kafkajs-in-its-lib',
    comment: 'kafkajs stands behind the EventLog port: it must be replaceable in one lib.',
    severity: 'error',
    from: { path: '^(apps|libs|tools)/', pathNot: `^libs/kafka/|${SPEC}` },
    to: { path: 'node_modules/kafkajs/' },
  },
  {
    name: 'bullmq-in-its-lib',
    comment: 'bullmq and bull-board only in libs/queue and processors.',
    severity: 'error',
    from: { path: '^(apps|libs|tools)/', pathNot: `^libs/queue/|\\.processor\\.ts$|${SPEC}` },
    to: { path: 'node_modules/(bullmq|@bull-board)/' },
  },
  {
    name: 'edges-apart',
    comment: 'Edges never import each other.',
    severity: 'error',
    from: { path: '\\.http\\.ts$' },
    to: { path: '\\.http\\.ts$' },
  },
  {
    name: 'edge-sends-or-asks',
    comment: 'An edge sends a command or asks a query: it opens no table and feeds no consumer.',
    severity: 'error',
    from: { path: '^apps/.*\\.http\\.ts$' },
    to: { path: '\\.(repository|entity|handler|projection|sweeper|processor)\\.ts$' },
  },
  {
    name: 'handler-is-given-its-transaction',
    comment: 'A consumer is given a transaction; what opens one of its own must not be called from it.',
    severity: 'error',
    from: { path: '\\.(handler|projection)\\.ts$' },
    to: { path: '\\.(command|sweeper|processor|http)\\.ts$' },
  },
  {
    name: 'command-calls-no-consumer',
    comment: 'A command opens the transaction; it calls no handler, sweeper or processor.',
    severity: 'error',
    from: { path: '\\.command\\.ts$' },
    to: { path: '\\.(handler|projection|sweeper|processor|http)\\.ts$' },
  },
  {
    name: 'sweeper-calls-no-command',
    comment: 'A sweeper opens its own transaction; it calls no command and no handler.',
    severity: 'error',
    from: { path: '\\.(sweeper|processor)\\.ts$' },
    to: { path: '\\.(command|handler|projection|http)\\.ts$' },
  },
  {
    name: 'quiet-below-live',
    comment: 'Inside coordination quiet folders (organisations, members, places, plans) never import live ones.',
    severity: 'error',
    from: { path: '^apps/coordination/src/(organisations|members|places|plans)/' },
    to: { path: '^apps/coordination/src/(activations|needs|log|board|cell)/' },
  },
  {
    name: 'board-alone',
    comment: 'The board folds events and imports no sibling.',
    severity: 'error',
    from: { path: '^apps/coordination/src/board/', pathNot: SPEC },
    to: { path: '^apps/coordination/src/[^/]+/', pathNot: '^apps/coordination/src/board/' },
  },
  {
    name: 'no-cycles',
    comment: 'What imports each other in a ring is one thing in several files.',
    severity: 'error',
    from: { path: '^(apps|libs|outside|tools|deploy)/' },
    // A ring that is closed by a type alone is none at run time.
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
];

module.exports = {
  forbidden,
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.local|\\.parts)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
