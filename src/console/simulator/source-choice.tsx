/** The source of the event. A pasted or accepted event is kept on this page only. */
import { Dialog } from '@base-ui/react/dialog'
import { Toggle } from '@base-ui/react/toggle'
import { ToggleGroup } from '@base-ui/react/toggle-group'
import { useState } from 'react'
import type { Source } from './state.ts'

export function SourceChoice({
  source,
  setSource,
}: {
  readonly source: Source
  readonly setSource: (source: Source) => void
}) {
  const [pasting, setPasting] = useState(false)
  return (
    <div className="source">
      <ToggleGroup
        className="toggles"
        aria-label="Which event"
        value={[source.kind]}
        onValueChange={([kind]) => {
          if (kind === 'persona') setSource({ kind })
          if (kind === 'last') setSource({ kind, last: 1 })
          if (kind === 'pasted') setPasting(true)
        }}
      >
        <Toggle value="persona" className="toggle">
          Invented person
        </Toggle>
        <Toggle value="last" className="toggle">
          Last accepted
        </Toggle>
        <Toggle value="pasted" className="toggle">
          Pasted
        </Toggle>
      </ToggleGroup>
      {source.kind === 'last' && (
        <span>
          <button
            type="button"
            className="button"
            disabled={source.last === 1}
            onClick={() => setSource({ kind: 'last', last: source.last - 1 })}
          >
            Newer
          </button>{' '}
          {source.last === 1 ? 'the newest' : `the ${source.last - 1} before the newest`}{' '}
          <button type="button" className="button" onClick={() => setSource({ kind: 'last', last: source.last + 1 })}>
            Older
          </button>{' '}
          <span className="quiet">Every value is a stand-in.</span>
        </span>
      )}
      <Dialog.Root open={pasting} onOpenChange={setPasting}>
        <Dialog.Portal>
          <Dialog.Backdrop className="backdrop" />
          <Dialog.Popup className="dialog">
            {pasting && (
              <PasteForm
                use={(pasted) => {
                  setSource(pasted)
                  setPasting(false)
                }}
              />
            )}
          </Dialog.Popup>
        </Dialog.Portal>
      </Dialog.Root>
    </div>
  )
}

function PasteForm({ use }: { readonly use: (source: Source) => void }) {
  const [app, setApp] = useState('messenger-ios')
  const [text, setText] = useState('')
  const [problem, setProblem] = useState('')
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        try {
          const parsed: unknown = JSON.parse(text)
          if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new TypeError('no object')
          use({ kind: 'pasted', app, event: parsed as Readonly<Record<string, unknown>> })
        } catch {
          setProblem('This is not one JSON object.')
        }
      }}
    >
      <Dialog.Title className="dialog-title">An event of your own</Dialog.Title>
      <Dialog.Description className="dialog-text">
        As an SDK sends it. It goes to the simulator and is kept nowhere.
      </Dialog.Description>
      <label htmlFor="paste-app">App</label>
      <input id="paste-app" required value={app} onChange={(event) => setApp(event.target.value)} />
      <label htmlFor="paste-event">Event (JSON)</label>
      <textarea
        id="paste-event"
        required
        rows={10}
        spellCheck={false}
        className="mono"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {problem !== '' && (
        <p role="alert" className="problem-line">
          {problem}
        </p>
      )}
      <div className="dialog-buttons">
        <Dialog.Close className="button">Cancel</Dialog.Close>
        <button type="submit" className="button primary">
          Simulate it
        </button>
      </div>
    </form>
  )
}
