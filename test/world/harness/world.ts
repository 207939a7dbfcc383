/** What a check works with: gateways of the tree under test as processes, partners on loopback, issuers, the command line. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createConfigFolder, type TestConfig } from '../../support/config-folder.ts'
import { createIssuer, type TestIssuer } from '../../support/issuer.ts'
import { startPartner, type TestPartner } from '../../support/partner.ts'
import type { Ran } from '../../support/sluice.ts'
import { createServed, type Served } from './served.ts'

export interface World {
  /** The checkout under test; only its `bin/sluice.js` and the files it writes may be looked at. */
  readonly tree: string
  /** A gateway that serves; gone after the check. `policy: 'shipped'` uses the tree's own `config/policy.yaml`. */
  gateway(config: TestConfig & { readonly shippedPolicy?: boolean }): Promise<Served>
  /** A configuration folder without a gateway, for the command line. */
  folder(config: TestConfig & { readonly shippedPolicy?: boolean }): Promise<Served>
  partner(): Promise<TestPartner>
  issuer(kid?: string): Promise<TestIssuer>
  /** Runs `sluice …args` of the tree under test. */
  sluice(args: readonly string[], options?: { readonly input?: string; readonly env?: NodeJS.ProcessEnv }): Promise<Ran>
  /** An empty folder, removed after the check. */
  emptyFolder(): Promise<string>
  /** Done after the check, last first. */
  after(task: () => void | Promise<void>): void
}

/** A world and its end. `close` ends every process that the world started, whatever state it is in. */
export function createWorld(tree: string): { readonly world: World; close(): Promise<void> } {
  const tasks: (() => void | Promise<void>)[] = []
  const after: World['after'] = (task) => {
    tasks.push(task)
  }
  const folder: World['folder'] = async ({ shippedPolicy = false, ...config }) => {
    const made = await createConfigFolder(config)
    after(() => made.remove())
    const served = createServed(tree, made, shippedPolicy ? join(tree, 'config', 'policy.yaml') : undefined)
    after(() => served.end())
    await served.useShippedPolicy()
    return served
  }
  const world: World = {
    tree,
    after,
    folder,
    gateway: async (config) => {
      const served = await folder(config)
      await served.start()
      return served
    },
    partner: async () => {
      const partner = await startPartner()
      after(async () => {
        partner.hold(false)
        await partner.goDown()
      })
      return partner
    },
    issuer: createIssuer,
    emptyFolder: async () => {
      const made = await mkdtemp(join(tmpdir(), 'sluice-world-'))
      after(() => rm(made, { recursive: true, force: true }))
      return made
    },
    sluice: async (args, { input = '', env = {} } = {}) => {
      const child = spawn(process.execPath, [join(tree, 'bin', 'sluice.js'), ...args], {
        cwd: tree,
        env: { ...process.env, ...env },
      })
      after(() => {
        if (child.exitCode === null) child.kill('SIGKILL')
      })
      child.stdin.on('error', () => child.stdin.destroy())
      child.stdin.end(input)
      const [out, err, code] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        new Promise<number | null>((resolve) => child.once('close', resolve)),
      ])
      return { code, out: out.trimEnd(), err: err.trimEnd() }
    },
  }
  return {
    world,
    close: async () => {
      for (const task of tasks.reverse()) await task()
    },
  }
}
