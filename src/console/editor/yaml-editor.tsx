/** CodeMirror for YAML, in a shadow tree: there it uses constructed style sheets, which the page's CSP allows. */
import { autocompletion, closeBrackets, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language'
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint'
import { EditorState } from '@codemirror/state'
import { EditorView, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { useEffect, useRef } from 'react'
import { completeBySchema, type JsonSchema } from './complete.ts'

export interface LineProblem {
  /** From 1. */
  readonly line: number
  readonly text: string
}

const COLORS = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--accent-text)' },
  { tag: tags.comment, color: 'var(--ink-quiet)', fontStyle: 'italic' },
  { tag: [tags.string, tags.content], color: 'var(--ink)' },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: 'var(--ink-quiet)' },
])
const LOOK = EditorView.theme({
  '&': {
    fontSize: '13px',
    backgroundColor: 'var(--card)',
    color: 'var(--ink)',
    border: '1px solid var(--line)',
    borderRadius: '6px',
  },
  '&.cm-focused': { outline: '2px solid var(--focus)' },
  '.cm-scroller': {
    fontFamily: 'ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace',
    maxHeight: '62vh',
    overflow: 'auto',
  },
  '.cm-content': { caretColor: 'var(--ink)', minHeight: '320px' },
  '.cm-gutters': { backgroundColor: 'var(--sunken)', color: 'var(--ink-quiet)', border: 'none' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--narrower-soft) !important',
  },
  '.cm-tooltip': { backgroundColor: 'var(--card)', color: 'var(--ink)', border: '1px solid var(--line-strong)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--accent-ink)' },
  // Replaces images inside the style sheet, which the page's CSP forbids.
  '.cm-lint-marker-error': {
    content: 'normal',
    backgroundColor: 'var(--bad)',
    width: '0.7em',
    height: '0.7em',
    borderRadius: '2px',
    marginTop: '0.3em',
  },
  '.cm-lintRange-error': { backgroundImage: 'none', textDecoration: 'underline wavy var(--bad)' },
  '.cm-completionDetail': { color: 'var(--ink-quiet)', fontStyle: 'normal' },
})

export function YamlEditor({
  label,
  text,
  onChange,
  problems,
  schema,
}: {
  readonly label: string
  readonly text: string
  readonly onChange: (text: string) => void
  readonly problems: readonly LineProblem[]
  readonly schema: JsonSchema | undefined
}) {
  const place = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const latest = useRef({ text, onChange, schema })
  latest.current = { text, onChange, schema }

  useEffect(() => {
    const host = place.current
    if (host === null) return
    const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' })
    view.current = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: latest.current.text,
        extensions: [
          lineNumbers(),
          lintGutter(),
          history(),
          yaml(),
          bracketMatching(),
          closeBrackets(),
          indentOnInput(),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': label }),
          syntaxHighlighting(COLORS),
          LOOK,
          autocompletion({ override: [(context) => completeBySchema(context, latest.current.schema)] }),
          keymap.of([...completionKeymap, ...lintKeymap, ...defaultKeymap, ...historyKeymap, indentWithTab]),
          EditorView.updateListener.of(({ docChanged, state }) => {
            const now = state.doc.toString()
            if (docChanged && now !== latest.current.text) latest.current.onChange(now)
          }),
        ],
      }),
    })
    return () => view.current?.destroy()
  }, [label])

  useEffect(() => {
    const editor = view.current
    if (editor === undefined || editor.state.doc.toString() === text) return
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } })
  }, [text])

  useEffect(() => {
    const editor = view.current
    if (editor === undefined) return
    const { doc } = editor.state
    const marks: Diagnostic[] = problems
      .filter(({ line }) => line >= 1 && line <= doc.lines)
      .map(({ line, text: message }) => {
        const { from, to } = doc.line(line)
        return { from, to, severity: 'error', message }
      })
    editor.dispatch(setDiagnostics(editor.state, marks))
  }, [problems])

  return <div ref={place} className="yaml-editor" />
}
