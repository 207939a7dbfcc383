/** The webhook of the configuration, joined with what it needs: the list, a file for what was told, secrets, a clock. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { request } from 'undici'
import { z } from 'zod'
import type { ControlConfig } from '../contracts/config.ts'
import { createTeller, LOOK_MS, type Told, type ToldStore } from '../control/tell-waiting.ts'
import { type WaitingDeps, waitingFor } from '../control/waiting.ts'
import type { ReadSecret } from '../delivery/secrets.ts'
import { STAFF_ROLES } from '../model/actor.ts'
import { ifThere, writeDurably } from '../platform/durable-file.ts'

const TIMEOUT_MS = 10_000
const MESSAGE = z.strictObject({ id: z.string(), body: z.string(), tries: z.int().min(0), dueAt: z.int() })
const TOLD = z.strictObject({ keys: z.array(z.string()), queue: z.array(MESSAGE) })

export interface WebhookParts {
  readonly webhook: NonNullable<ControlConfig['webhook']>
  readonly dataFolder: string
  readonly waiting: WaitingDeps
  readonly readSecret: ReadSecret
  readonly failed: (where: string, error: unknown) => void
}

/** Begins to tell. `close` lets go of a message that is under way: the next start tries it again. */
export async function startWaitingWebhook(parts: WebhookParts): Promise<{ close(): Promise<void> }> {
  const { webhook, waiting, readSecret, failed } = parts
  const stopped = new AbortController()
  const teller = await createTeller({
    list: () => waitingFor(waiting, STAFF_ROLES),
    store: toldIn(join(parts.dataFolder, 'waiting-told.json')),
    post: (headers, body) => post(webhook.url, headers, body, stopped.signal),
    secret: () => readSecret({ ...webhook.secret }),
    now: waiting.now,
    failed,
  })
  const timer = setInterval(() => void teller.turn(), LOOK_MS)
  timer.unref()
  void teller.turn()
  return {
    close: async () => {
      clearInterval(timer)
      stopped.abort()
      await teller.idle()
    },
  }
}

async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  stopped: AbortSignal,
): Promise<number> {
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(TIMEOUT_MS)])
  const answered = await request(url, { method: 'POST', headers, body, signal })
  await answered.body.dump({ limit: 65_536 })
  return answered.statusCode
}

/** In one small file. Lost, everything that waits is told once more. */
function toldIn(file: string): ToldStore {
  return {
    read: async (): Promise<Told | undefined> => {
      const text = await ifThere(readFile(file, 'utf8'))
      if (text === undefined) return undefined
      try {
        return TOLD.parse(JSON.parse(text))
      } catch {
        return undefined
      }
    },
    write: (told) => writeDurably(file, `${JSON.stringify(told)}\n`),
  }
}
