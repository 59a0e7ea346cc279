/**
 * What may import what: DESIGN's arrows, with one exception: the schema library, of which the build makes one file, comes in
 * through core/schema.ts and nowhere else. A stage meets another stage in core/ alone.
 */
const STAGES = ['ingest', 'processors', 'alerts', 'inspections', 'dashboards']
const OUTSIDE = ['adapters', 'app', 'simulation', 'test', 'bench']
const folder = (...names) => `^(${names.join('|')})/`
const tests = '\\.test\\.ts$'

export const forbidden = [
  {
    name: 'core-imports-nothing-outside',
    from: { path: folder('core'), pathNot: tests },
    to: { path: folder(...STAGES, ...OUTSIDE) },
  },
  {
    name: 'core-needs-no-package',
    from: { path: folder('core'), pathNot: `${tests}|^core/schema\\.ts$` },
    to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'schemas-come-through-core',
    from: { path: folder('core', ...STAGES, ...OUTSIDE), pathNot: '^core/schema\\.ts$' },
    to: { path: '(^|/)node_modules/typebox/' },
  },
  ...STAGES.map((stage) => ({
    name: `${stage}-imports-no-other-stage`,
    from: { path: folder(stage), pathNot: tests },
    to: { path: folder(...STAGES.filter((other) => other !== stage), ...OUTSIDE) },
  })),
  {
    name: 'adapters-do-not-import-the-app',
    from: { path: folder('adapters'), pathNot: tests },
    to: { path: folder('app', 'simulation', 'test', 'bench') },
  },
  {
    name: 'simulation-speaks-through-the-front-doors',
    from: { path: folder('simulation'), pathNot: tests },
    to: { path: folder(...STAGES, 'adapters', 'app', 'test', 'bench') },
  },
  { name: 'product-imports-no-test', from: { pathNot: '(^(test|bench)/|\\.test\\.ts$)' }, to: { path: '^test/' } },
  { name: 'no-cycle', from: {}, to: { circular: true } },
  { name: 'everything-resolves', from: {}, to: { couldNotResolve: true } },
]
