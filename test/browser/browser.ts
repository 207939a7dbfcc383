/** Debian's Chromium, headless, and pages of an origin of their own that load SDKs from `node_modules`. */
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { chromium, type Page } from 'playwright-core'

export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
/** Without it tests are skipped, and say so. */
export const NO_BROWSER = existsSync(CHROMIUM) ? false : `no Chromium at ${CHROMIUM}: apt install chromium`

export const FLAGS: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--no-first-run',
  '--disable-sync',
  '--disable-component-update',
]

/** How long a page may take for one step, milliseconds: a machine that does much else is no fault of the page. */
export const PATIENCE_MS = 120_000

/** The SDKs' own browser builds, unmodified. */
const BUNDLES: Readonly<Record<string, URL>> = {
  '/analytics-next.js': new URL(import.meta.resolve('@segment/analytics-next/dist/umd/index.js')),
  '/rudder-analytics.js': new URL('../bundled/umd/index.js', import.meta.resolve('@rudderstack/analytics-js')),
}

export interface Visit {
  readonly page: Page
  /** What the page asked of others: `POST http://… 200`, `failed` where the browser let it through to nobody. */
  readonly asked: readonly string[]
}

/** Opens a page that has loaded one of the bundles. */
export async function visit(context: TestContext, bundle: keyof typeof BUNDLES): Promise<Visit> {
  const origin = await servePages(context)
  const profile = await mkdtemp(join(tmpdir(), 'sluice-browser-'))
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    args: [...FLAGS],
    headless: true,
  })
  context.after(async () => {
    await browser.close()
    await rm(profile, { recursive: true, force: true })
  })
  browser.setDefaultTimeout(PATIENCE_MS)
  const page = await browser.newPage()
  const asked: string[] = []
  page.on('response', (response) => {
    if (!response.url().startsWith(origin))
      asked.push(`${response.request().method()} ${response.url()} ${response.status()}`)
  })
  page.on('requestfailed', (request) => {
    if (!request.url().startsWith(origin)) asked.push(`${request.method()} ${request.url()} failed`)
  })
  await page.goto(`${origin}/?${bundle}`)
  return { page, asked }
}

async function servePages(context: TestContext): Promise<string> {
  const server = createServer(async (request, response) => {
    const { pathname, search } = new URL(request.url ?? '', 'http://localhost')
    const file = BUNDLES[pathname]
    if (pathname === '/') {
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.end(`<!doctype html><title>Shop</title><script src="${search.slice(1)}"></script>`)
    } else if (file !== undefined) {
      response.setHeader('content-type', 'text/javascript; charset=utf-8')
      response.end(await readFile(file))
    } else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
