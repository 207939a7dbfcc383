// The full-size run of every property: 100,000 cases each unless told otherwise. `npm run test:properties -- 20000`
import { spawnSync } from 'node:child_process'

const cases = process.argv[2] ?? '100000'
const { status } = spawnSync(
  process.execPath,
  [
    '--test',
    '--test-timeout=3600000',
    'test/properties/*.test.ts',
    'src/guard/*.test.ts',
    'src/model/*.test.ts',
    'src/signals/**/*.test.ts',
  ],
  { stdio: 'inherit', env: { ...process.env, SLUICE_CASES: cases } },
)
process.exit(status ?? 1)
