/**
 * What one cell asks another to keep, as text: parts of several requests, one event a line, so that neither side holds
 * more than one at a time. The first line describes each part and its numbers of observation and event lines.
 */
import { type Steps, unitsOf } from '../flow/work.ts'
import type { AppId, Revision } from '../model/brand.ts'
import type { Observation } from '../model/choice.ts'
import type { GoodToKeep, ToKeep } from './accepting.ts'

/** `digest` shows whether both cells mean the same revision by a number. */
interface Head {
  readonly app: AppId
  readonly revision: Revision
  readonly digest: string
  readonly said: number
  readonly good: number
}
export interface WrittenPart {
  readonly head: Head
  readonly lines: string
}
export interface ReadPart {
  readonly digest: string
  readonly toKeep: ToKeep
}

export function* writePart(digest: string, { app, revision, said, good }: ToKeep): Steps<WrittenPart> {
  const lines: string[] = []
  for (const one of [...said, ...good]) {
    const line = JSON.stringify('classified' in one ? lineOf(one) : one)
    lines.push(line)
    yield unitsOf(line.length)
  }
  return { head: { app: app.id, revision, digest, said: said.length, good: good.length }, lines: lines.join('\n') }
}

/** Omits what is only for this cell: the classification's input and live views. */
function lineOf({ keys, classified: { messageId, partners, stopped, event } }: GoodToKeep): GoodToKeep {
  return { keys, classified: { messageId, partners, event, ...(stopped === undefined ? {} : { stopped }) } }
}

export function messageOf(parts: readonly WrittenPart[]): string {
  return [JSON.stringify(parts.map(({ head }) => head)), ...parts.map(({ lines }) => lines).filter(Boolean)].join('\n')
}

/** @param text MUST come from another cell of this version. Throws as `JSON.parse` does otherwise. */
export function* readMessage(text: string): Steps<readonly ReadPart[]> {
  let from = 0
  const next = (): unknown => {
    const end = text.indexOf('\n', from)
    const line = text.slice(from, end < 0 ? undefined : end)
    from = end < 0 ? text.length : end + 1
    return JSON.parse(line)
  }
  const parts: ReadPart[] = []
  // Sound here and below: the text comes from an authenticated cell.
  for (const { app, revision, digest, said, good } of next() as readonly Head[]) {
    const lines: unknown[] = []
    while (lines.length < said + good) {
      const before = from
      lines.push(next())
      yield unitsOf(from - before, 1)
    }
    const toKeep = {
      app: { id: app },
      revision,
      said: lines.slice(0, said) as Observation[],
      good: lines.slice(said) as GoodToKeep[],
      rejected: [],
      refusal: undefined,
    }
    parts.push({ digest, toKeep })
  }
  return parts
}
