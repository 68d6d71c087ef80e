/** The ladder: a folder imports only from rungs above it. tests/house/boundaries.test.ts runs this and counts the modules read. */
const platform = ['config', 'log', 'store', 'templates', 'mail', 'http'];
const domain = [
  'audit',
  'one-use-links',
  'email-change',
  'accounts',
  'avatars',
  'preferences',
  'documents',
  'passwords',
  'clients',
  'keys',
  'consents',
  'backchannel-authentication',
  'sign-out',
  'email-challenges',
  'registration',
  'throttling',
  'sessions',
  'mfa',
  'recovery',
  'rbac',
  'privacy',
];
const engine = ['oidc'];
const surfaces = ['pages', 'management-api', 'operations'];
const composition = '^src/(app|server|cli)\\.ts$|^src/(start|demo|commands)/';
const inFolders = names => `^src/(${names.join('|')})/`;

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'kernel-imports-nothing-of-ours',
      severity: 'error',
      from: { path: '^src/kernel/' },
      to: { path: '^src/', pathNot: '^src/kernel/' },
    },
    {
      name: 'platform-knows-no-product-rule',
      severity: 'error',
      from: { path: inFolders(platform) },
      to: { path: inFolders([...domain, ...engine, ...surfaces]) },
    },
    {
      name: 'domain-never-sees-engine-or-surfaces',
      severity: 'error',
      from: { path: inFolders(domain) },
      to: { path: inFolders([...engine, ...surfaces]) },
    },
    {
      name: 'domain-never-sees-http',
      severity: 'error',
      from: { path: inFolders(domain) },
      to: { path: '^src/http/|node_modules/(koa|@koa|oidc-provider)' },
    },
    {
      name: 'engine-never-sees-surfaces',
      severity: 'error',
      from: { path: inFolders(engine) },
      to: { path: inFolders(surfaces) },
    },
    {
      name: 'surfaces-are-strangers',
      severity: 'error',
      from: { path: inFolders(surfaces) },
      to: { path: inFolders(surfaces), pathNot: '^src/$1/' },
    },
    {
      name: 'only-composition-knows-everyone',
      severity: 'error',
      from: { path: '^src/', pathNot: composition },
      to: { path: composition },
    },
    {
      name: 'slices-are-imported-through-their-index',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/[^/]+/', pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$'] },
    },
    {
      name: 'composition-uses-the-index-too',
      severity: 'error',
      from: { path: '^src/[^/]+\\.ts$' },
      to: { path: '^src/[^/]+/', pathNot: '^src/[^/]+/index\\.ts$' },
    },
    {
      name: 'sql-and-redis-live-in-the-store-and-in-repositories',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/store/|\\.repository\\.ts$' },
      to: { path: 'node_modules/(pg|ioredis|@prisma)/|^src/store/generated/' },
    },
    {
      name: 'no-private-paths-of-the-provider',
      severity: 'error',
      from: {},
      // What its hosts need for grant types of their own is there, and nowhere else.
      to: { path: 'node_modules/oidc-provider/lib/(?!index\\.js|helpers/grants\\.js)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|src/store/generated' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
