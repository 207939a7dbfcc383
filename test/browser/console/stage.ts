/** A real gateway with the demo's partners and traffic, and the console in Chromium, watched for whatever must not happen. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { type Demo, runDemo } from '../../../src/cli/demo/run.ts'
import { CHROMIUM, FLAGS, PATIENCE_MS } from '../browser.ts'

const AXE = readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
const CONFIG = join(import.meta.dirname, '..', '..', '..', 'config')

/** The console of one gateway, in Chromium. */
export interface Visits {
  /** The console’s address, with a slash at its end. */
  readonly address: string
  /** A page that is signed in with this token, or with every role; it shares nothing with the pages before. */
  open(options?: OpenOptions): Promise<Page>
  /** Errors on the pages’ consoles and violations of their policy, so far. */
  readonly wrong: readonly string[]
  /** Every address that a page asked for. */
  readonly asked: readonly string[]
  /** Calls the ops API with a token; the bootstrap token unless told otherwise. */
  call(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<Record<string, unknown>>
  stop(): Promise<void>
}

export interface Stage extends Visits {
  readonly demo: Demo
}

export interface OpenOptions {
  readonly path?: string
  readonly token?: string
  readonly width?: number
  readonly scheme?: 'light' | 'dark'
}

const HEIGHTS: Readonly<Record<number, number>> = { 390: 844 }

export async function startStage(): Promise<Stage> {
  const demo = await runDemo({ configFolder: CONFIG, ownPorts: true, full: false, say: () => undefined })
  const addresses = new Map(demo.addresses)
  const visits = visitsOf(addresses.get('console') ?? '', addresses.get('staff token') ?? '')
  return {
    ...visits,
    demo,
    stop: async () => {
      await visits.stop()
      await demo.stop()
    },
  }
}

/**
 * @param address of the control plane, with a slash at its end
 * @param tokenFile holds the bootstrap token
 */
export function visitsOf(address: string, tokenFile: string): Visits {
  let browser: Promise<Browser> | undefined
  const wrong: string[] = []
  const asked: string[] = []
  const bootstrap = readFileSync(tokenFile, 'utf8').trim()
  const call: Visits['call'] = async (method, path, body, headers = {}) => {
    const response = await fetch(`${address}api/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${bootstrap}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return (await response.json()) as Record<string, unknown>
  }
  return {
    address,
    wrong,
    asked,
    call,
    open: async ({ path = '', token, width = 1_440, scheme = 'light' } = {}) => {
      browser ??= chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS], headless: true })
      const context = await (await browser).newContext({
        viewport: { width, height: HEIGHTS[width] ?? 900 },
        colorScheme: scheme,
        reducedMotion: 'reduce',
      })
      context.setDefaultTimeout(PATIENCE_MS)
      const page = await context.newPage()
      page.on('console', (message) => {
        if (message.type() === 'error' && !isAnswer(message.text())) wrong.push(message.text())
      })
      page.on('pageerror', (error) => wrong.push(String(error)))
      page.on('request', (request) => asked.push(request.url()))
      const { code } =
        token === undefined
          ? await call('POST', 'sign-in-codes')
          : await call('POST', 'sign-in-codes', undefined, { authorization: `Bearer ${token}` })
      await page.goto(`${address}${path}#code=${String(code)}`)
      await page.getByRole('heading', { level: 1 }).first().waitFor()
      return page
    },
    stop: async () => {
      await (await browser)?.close()
    },
  }
}

/** What axe finds against WCAG 2.2 A and AA, one line each. */
export async function violationsOn(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE)
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } }
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
    const { violations } = await axe.run({ runOnly: { type: 'tag', values: tags } })
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
  })
}

interface AxeResults {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[]
}

/** Chromium prints every answer of 400 and above; whether one was due is what tests ask of the screen. */
function isAnswer(text: string): boolean {
  return text.startsWith('Failed to load resource: the server responded with a status of 4')
}
