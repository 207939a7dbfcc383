/** Writes `live/snippets.ts` from `docs/sdks.md`, the single source of SDK set-up snippets. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FROM = fileURLToPath(new URL('../../../docs/sdks.md', import.meta.url))
const TO = fileURLToPath(new URL('../live/snippets.ts', import.meta.url))

export interface Snippet {
  readonly title: string
  readonly text: string
}

/** Sections below `## Set up`: each heading with its first code block. */
export function snippetsIn(page: string): readonly Snippet[] {
  const section = page.split(/^## /m).find((part) => part.startsWith('Set up\n')) ?? ''
  return [...section.matchAll(/^### (.+)\n+```\w+\n([\s\S]*?)```/gm)].map(([, title = '', text = '']) => ({
    title,
    text: text.trimEnd(),
  }))
}

export function writeSnippets(): void {
  const text = [
    '// Written by build/write-snippets.ts from docs/sdks.md.',
    'export const SNIPPETS: readonly { readonly title: string; readonly text: string }[] =',
    `  ${JSON.stringify(snippetsIn(readFileSync(FROM, 'utf8')))}`,
    '',
  ].join('\n')
  if (!existsSync(TO) || readFileSync(TO, 'utf8') !== text) writeFileSync(TO, text)
}
