/** The files that belong to plans put together from several: each piece's own. */
import { canonicalJson } from './canonical.ts'
import type { Plans } from './config.ts'
import type { Texts } from './revision-files.ts'

export interface Written {
  readonly plans: Plans
  readonly texts: Texts | undefined
}

/** Every file from the first of `sources` whose piece it is; undefined where a piece has none. Bounds are in no file. */
export function textsOfPieces(plans: Plans, sources: readonly Written[]): Texts | undefined {
  const texts: Record<string, string> = {}
  const pieces: readonly (readonly [string, (of: Plans) => unknown])[] = [
    ['policy.yaml', ({ policy }) => policy],
    ['apps.yaml', ({ apps }) => apps],
    ...plans.contracts.map(({ id }) => [fileOfPartner(id), (of: Plans) => plain(of, id)] as const),
  ]
  for (const [file, pieceOf] of pieces) {
    const wanted = canonicalJson([pieceOf(plans)])
    const source = sources.find(
      (one) => one.texts?.[file] !== undefined && canonicalJson([pieceOf(one.plans)]) === wanted,
    )
    if (source === undefined) return undefined
    texts[file] = source.texts![file]!
    // The cases that a contract is held to go with it.
    const cases = casesOf(file)
    const held = source.texts![cases]
    if (held !== undefined) texts[cases] = held
  }
  return texts
}

export function fileOfPartner(id: string): string {
  return `partners/${id}.yaml`
}

function casesOf(file: string): string {
  return file.replace(/\.yaml$/, '.cases.yaml')
}

function plain({ contracts }: Plans, id: string): unknown {
  const contract = contracts.find((each) => each.id === id)
  if (contract === undefined) return undefined
  const { bounds: _, ...rest } = contract
  return rest
}
