/**
 * Every regular expression in the sources, found by TypeScript's own parser, and what `recheck` proves of it. Nothing is
 * listed by hand, so no pattern can be forgotten.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative, sep } from 'node:path'
import { check, type Diagnostics } from 'recheck'
import { type Node, type SourceFile, SyntaxKind } from 'typescript/unstable/ast'
import { isCallExpression, isIdentifier, isNewExpression, isPropertyAccessExpression } from 'typescript/unstable/ast/is'
import { API } from 'typescript/unstable/sync'

export interface Pattern {
  /** Relative to the root, with `/`, and the line. */
  readonly where: string
  readonly source: string
  readonly flags: string
}
export interface Patterns {
  readonly files: number
  readonly patterns: readonly Pattern[]
  /** Places that make a pattern of a text as they run: nobody can prove anything of those. */
  readonly made: readonly string[]
}

/** Methods that turn a text into a pattern where they are given one. */
const TAKES_PATTERN: ReadonlySet<string> = new Set(['match', 'matchAll', 'search'])

/**
 * @param isOurs which of the projects' files count; relative to the root, with `/`
 * @param projects a file that belongs to several is looked at once
 */
export function patternsIn(
  root: string,
  isOurs: (file: string) => boolean,
  projects: readonly string[] = ['tsconfig.json'],
): Patterns {
  const api = new API({ cwd: root })
  try {
    const opened = api.updateSnapshot({ openProjects: projects.map((project) => join(root, project)) }).getProjects()
    const found = { files: 0, patterns: [] as Pattern[], made: [] as string[] }
    const seen = new Set<string>()
    for (const { program } of opened)
      for (const name of program.getSourceFileNames()) {
        const file = relative(root, name).split(sep).join('/')
        if (!isOurs(file) || seen.has(file)) continue
        seen.add(file)
        found.files++
        lookThrough(program.getSourceFile(name)!, file, found)
      }
    return found
  } finally {
    api.close()
  }
}

function lookThrough(
  source: SourceFile,
  file: string,
  found: { readonly patterns: Pattern[]; readonly made: string[] },
): void {
  const lineOf = (node: Node): string => `${file}:${source.text.slice(0, node.end).split('\n').length}`
  const visit = (node: Node): void => {
    if (node.kind === SyntaxKind.RegularExpressionLiteral) {
      const text = source.text.slice(node.end - (node as Node & { readonly text: string }).text.length, node.end)
      const slash = text.lastIndexOf('/')
      found.patterns.push({ where: lineOf(node), source: text.slice(1, slash), flags: text.slice(slash + 1) })
    }
    if (makesPattern(node, source.text)) found.made.push(lineOf(node))
    node.forEachChild(visit)
  }
  visit(source)
}

function makesPattern(node: Node, text: string): boolean {
  if (!isCallExpression(node) && !isNewExpression(node)) return false
  const { expression } = node
  if (isIdentifier(expression)) return text.slice(expression.getStart(), expression.end) === 'RegExp'
  if (!isPropertyAccessExpression(expression) || !TAKES_PATTERN.has(expression.name.text)) return false
  const first = node.arguments?.[0]
  return first !== undefined && LITERAL_TEXTS.has(first.kind)
}

const LITERAL_TEXTS: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateExpression,
])

/** Undefined where the pattern takes time at most linear in any text; else what was found, with a text that shows it. */
export async function whyNotLinear({ source, flags }: Pick<Pattern, 'source' | 'flags'>): Promise<string | undefined> {
  const id = createHash('sha256')
    .update(JSON.stringify([RECHECK, PROOF, source, flags]))
    .digest('hex')
  provedBefore ??= readProved()
  const proved = provedBefore
  if (proved.has(id)) return undefined
  const result = await check(source, flags, PROOF)
  if (result.status !== 'safe') return describe(result)
  proved.add(id)
  mkdirSync(join(CACHE, '..'), { recursive: true })
  writeFileSync(CACHE, [...proved].join('\n'))
  return undefined
}

/**
 * By automata: a proof, where fuzzing only found nothing. The limits are those from which `recheck` would rather fuzz.
 */
const PROOF = { checker: 'automaton', timeout: 600_000 } as const
const RECHECK = (createRequire(import.meta.url)('recheck/package.json') as { readonly version: string }).version
/**
 * What was proved on this machine, by everything that the proof hangs on: the pattern's own text, the checker and its
 * limits. Only proofs are kept, so that it hides no failure; a fresh clone has none and proves everything.
 */
const CACHE = join(import.meta.dirname, '../../node_modules/.cache/sluice/linear-patterns')
let provedBefore: Set<string> | undefined

function readProved(): Set<string> {
  try {
    return new Set(readFileSync(CACHE, 'utf8').split('\n'))
  } catch {
    // Nothing was proved here yet.
    return new Set()
  }
}

function describe(result: Diagnostics): string {
  if (result.status === 'vulnerable') return `${result.complexity.summary}, such as ${result.attack.pattern}`
  return result.status === 'unknown' ? `unknown: ${result.error.kind}` : ''
}
