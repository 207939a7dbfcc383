/** Configuration files for plans that combine pieces of several sources. */
import { canonicalJson } from '../contracts/canonical.ts'
import type { Plans } from '../contracts/config.ts'
import { DEFAULTS_FILE, meansTheSame, writtenOut } from '../contracts/defaults.ts'
import type { Texts } from './revision-files.ts'

export interface Written {
  readonly plans: Plans
  readonly texts: Texts | undefined
}

/**
 * For each piece, the file from the first source that has it; undefined if a piece has none. Files contain no bounds. Defaults
 * come from the first source: a contract whose meaning they would change has its terms written out.
 */
export function textsOfPieces(plans: Plans, sources: readonly Written[]): Texts | undefined {
  const texts: Record<string, string> = {}
  const pieces: readonly (readonly [string, (of: Plans) => unknown])[] = [
    ['policy.yaml', ({ policy }) => policy],
    ['apps.yaml', ({ apps }) => apps],
    ...plans.contracts.map(({ id }) => [fileOfPartner(id), (of: Plans) => plain(of, id)] as const),
  ]
  const defaults = sources[0]?.texts?.[DEFAULTS_FILE]
  if (defaults !== undefined) texts[DEFAULTS_FILE] = defaults
  for (const [file, pieceOf] of pieces) {
    const wanted = canonicalJson([pieceOf(plans)])
    const source = sources.find(
      (one) => one.texts?.[file] !== undefined && canonicalJson([pieceOf(one.plans)]) === wanted,
    )
    if (source === undefined) return undefined
    const [text, own] = [source.texts![file]!, source.texts![DEFAULTS_FILE]]
    texts[file] = !file.startsWith('partners/') || meansTheSame(text, own, defaults) ? text : writtenOut(text, own)
    // Includes the contract's cases.
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
