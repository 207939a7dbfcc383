/**
 * Polls the configuration folder. File system events miss folders that are swapped by a link, as orchestrators do, and network
 * drives.
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

export interface Watch {
  stop(): void
}

export interface WatchOptions {
  readonly seconds: number
  /** The files changed, and then stayed the same for one interval. Never called concurrently. */
  readonly changed: () => Promise<void>
  readonly failed: (error: unknown) => void
}

/** Reports a change once two polls see the same state: an editor may be half way through. */
export function watchFolder(folder: string, { seconds, changed, failed }: WatchOptions): Watch {
  let told: string | undefined
  let last: string | undefined
  let stopped = false
  const look = async (): Promise<void> => {
    const seen = await fingerprint(folder)
    told ??= seen
    const isSteady = seen === last
    last = seen
    if (!isSteady || seen === told) return
    told = seen
    await changed()
  }
  let timer: NodeJS.Timeout
  const next = (): void => {
    timer = setTimeout(() => {
      void look()
        .catch(failed)
        .finally(() => {
          if (!stopped) next()
        })
    }, seconds * 1_000)
    timer.unref()
  }
  void look().catch(failed)
  next()
  return {
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}

/** Names, sizes and times of all configuration files; a missing folder has none. */
async function fingerprint(folder: string): Promise<string> {
  const lines: string[] = []
  for (const part of ['.', 'partners']) {
    const names = await readdir(join(folder, part)).catch(() => [] as string[])
    for (const name of names.filter((each) => /\.ya?ml$/.test(each)).sort()) {
      const facts = await stat(join(folder, part, name)).catch(() => undefined)
      lines.push(`${part}/${name} ${facts?.size} ${facts?.mtimeMs} ${facts?.ino}`)
    }
  }
  return lines.join('\n')
}
