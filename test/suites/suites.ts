/**
 * Which test files share a process, so that Node and the modules under test are loaded once for all of them. A file is
 * in the first suite that matches. `npm test` runs the suites in the order of their names, several at a time.
 */
export const SUITES: Readonly<Record<string, readonly string[]>> = {
  unit: ['src/**/*.test.ts'],
  // The proof of every pattern takes minutes: it begins first.
  analysis: ['test/patterns.test.ts', 'test/growth/*.test.ts', 'test/imports.test.ts'],
  notices: ['test/notices/*.test.ts', 'test/race/*.test.ts'],
  commands: ['test/cli/*.test.ts', 'test/conformance/*.test.ts'],
  docs: ['test/docs/*.test.ts'],
  config: ['test/config/*.test.ts', 'test/publish/*.test.ts'],
  // Needs a server of its own; skipped, and says so, where PostgreSQL is not installed.
  postgres: ['test/contract/*-postgres.test.ts', 'test/cluster/*-postgres.test.ts'],
  contract: ['test/contract/*.test.ts', 'test/relay/*.test.ts'],
  'e2e-a-l': ['test/e2e/[a-l]*.test.ts'],
  'e2e-m-z': ['test/e2e/*.test.ts'],
  faults: ['test/faults/*.test.ts', 'test/ledger-faults/*.test.ts', 'test/upgrade/*.test.ts'],
  ledger: ['test/ledger/*.test.ts'],
  // Measures the CPU time of single turns: a small heap of its own keeps the figures apart from other tests' garbage.
  turns: ['test/properties/turns.test.ts'],
  properties: ['test/properties/*.test.ts'],
  others: ['test/**/*.test.ts'],
}
