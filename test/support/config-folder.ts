/** Temporary configuration folders for tests that run a whole gateway. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'

export interface TestContract {
  readonly id: string
  readonly type?: string
  readonly [key: string]: unknown
}

export interface TestConfig {
  readonly contracts: readonly TestContract[]
  readonly gateway?: object
  readonly policy?: object
  readonly apps?: readonly object[]
}

export interface TestFolder {
  readonly root: string
  readonly config: string
  readonly data: string
  /** Writes the files again, for a reload or a restart. */
  write(config: TestConfig): Promise<void>
  remove(): Promise<void>
}

export const WRITE_KEY = 'test-write-key'
export const RETIRED_KEY = 'retired-write-key'

/** Data threads of every gateway whose test does not say. */
const THREADS = Number(process.env.SLUICE_TEST_THREADS ?? 1)

const RULES = {
  sale: 'unless_opted_out',
  sharing: 'unless_opted_out',
  targeted_advertising: 'unless_opted_out',
  precise_location: 'only_if_opted_in',
}
const STRICT = Object.fromEntries(Object.keys(RULES).map((name) => [name, 'only_if_opted_in']))

/** For a configuration that names files of its own: they lie in `root`, and are there before the gateway starts. */
export type MakeConfig = (root: string) => TestConfig | Promise<TestConfig>

/** Everything a gateway needs, on ports of the system's choosing. */
export async function createConfigFolder(config: TestConfig | MakeConfig): Promise<TestFolder> {
  const root = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  const folder = join(root, 'config')
  const data = join(root, 'data')
  await mkdir(join(folder, 'partners'), { recursive: true })
  const write = async ({ contracts, gateway = {}, policy = {}, apps }: TestConfig): Promise<void> => {
    await rm(join(folder, 'partners'), { recursive: true, force: true })
    await mkdir(join(folder, 'partners'))
    await save(join(folder, 'gateway.yaml'), {
      data_plane: { host: '127.0.0.1', port: 0 },
      control: { host: '127.0.0.1', port: 0 },
      data,
      log_level: 'error',
      // Tests say when the files are read.
      watch_seconds: 0,
      allow_loopback_partners: true,
      ...(THREADS === 1 || 'cluster' in gateway ? {} : { threads: THREADS }),
      ...gateway,
    })
    await save(join(folder, 'policy.yaml'), {
      date: '2018-05-22',
      min_area_km2: 5,
      honour: { dnt: false, gpc: true },
      default_regime: 'strict',
      regimes: {
        us: {
          law: 'a law for tests',
          law_date: '2020-01-01',
          sure: 'only for tests',
          consent_required: false,
          rules: RULES,
        },
        strict: {
          law: 'a strict law for tests',
          law_date: '2020-01-01',
          sure: 'only for tests',
          consent_required: true,
          rules: STRICT,
        },
      },
      places: { US: 'us', DE: 'strict' },
      ...policy,
    })
    await save(join(folder, 'apps.yaml'), {
      apps: apps ?? [
        {
          id: 'messenger-ios',
          name: 'Messenger',
          platform: 'ios',
          bundle: 'com.example.messenger',
          write_keys: [WRITE_KEY],
          retired_keys: [RETIRED_KEY],
        },
      ],
    })
    for (const contract of contracts) await save(join(folder, 'partners', `${contract.id}.yaml`), contract)
  }
  await write(typeof config === 'function' ? await config(root) : config)
  return { root, config: folder, data, write, remove: () => rm(root, { recursive: true, force: true }) }
}

async function save(path: string, value: object): Promise<void> {
  await writeFile(path, stringify(value))
}

/** A third party by webhook, granted a little; `part` replaces any of it. */
export function webhookContract(id: string, origin: string, part: object = {}): TestContract {
  return {
    id,
    name: `Partner ${id}`,
    type: 'webhook',
    role: 'third_party',
    purposes: ['measurement'],
    countries: ['US'],
    privacy_policy: 'https://partner.example/privacy',
    contact: 'privacy@partner.example',
    apps: ['messenger-ios'],
    events: { 'Order Completed': { as: 'purchase', properties: { revenue: 'value' } } },
    share: { message_id: 'pass', advertising_id: 'pass', os: 'pass', ip: [24, 48] },
    when_restricted: { send: 'limited', share: { message_id: 'pass', os: 'reduced' } },
    connection: { url: `${origin}/hooks`, batch: true },
    limits: { per_second: 10_000, concurrency: 8, timeout_ms: 5_000, batch: 20, linger_ms: 5 },
    ...part,
  }
}
