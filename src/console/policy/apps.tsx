/** Apps and their write keys by id. Keys rotate with an overlap: add a new one, retire the old one later. */
import { AlertDialog } from '@base-ui/react/alert-dialog'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type AnswerOf, call } from '../api/client.ts'
import { useMay } from '../app/session.tsx'
import { Problem, Unread } from '../ui/problem.tsx'
import { ScrollText } from '../ui/scroll.tsx'
import { Tag } from '../ui/tag.tsx'
import { newWriteKey, withNewKey, withRetiredKey } from './write-keys.ts'

type App = AnswerOf<'listApps'>['items'][number]
const FILE = 'apps.yaml'
/** A new key, or the id of one to retire. */
interface Asked {
  readonly retire?: string
}

export function Apps() {
  const apps = useQuery({
    queryKey: ['apps'],
    queryFn: async ({ signal }) => (await call('listApps', { query: { limit: 1_000 }, signal })).items,
  })
  if (apps.data === undefined) return <Unread of={apps} what="the apps" />
  return (
    <section className="card" aria-labelledby="apps-title">
      <h2 id="apps-title">Apps and their write keys</h2>
      <p className="quiet small">
        A write key is in every copy of the app: it names the app and is no secret. Add a new one, ship it, and retire
        the old one once nobody sends with it: copies that still do are answered 400 and delete what they hold.
      </p>
      <ul className="apps">
        {apps.data.map((app) => (
          <AppLine key={app.app} app={app} />
        ))}
      </ul>
    </section>
  )
}

function AppLine({ app: { app, name, platform, write_keys: keys } }: { readonly app: App }) {
  const may = useMay('publish')
  const [asked, setAsked] = useState<Asked>()
  const live = keys.filter(({ state }) => state === 'live')
  return (
    <li>
      <h3>
        {name} <span className="quiet">{platform}</span>
      </h3>
      <ul className="keys">
        {keys.map(({ id, ends, state }) => (
          <li key={id}>
            <Tag tone={state === 'live' ? 'good' : 'calm'}>{state}</Tag> <code>{id}</code>
            {ends !== '' && <span className="quiet"> ends in …{ends}</span>}{' '}
            {may && state === 'live' && live.length > 1 && (
              <button type="button" className="button small-button" onClick={() => setAsked({ retire: id })}>
                Retire…<span className="unseen"> {id}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      {may ? (
        <button type="button" className="button small-button" onClick={() => setAsked({})}>
          Add a new key…<span className="unseen"> {name}</span>
        </button>
      ) : (
        <p className="quiet small">Changing keys takes an editor.</p>
      )}
      {asked !== undefined && <Change app={app} name={name} asked={asked} close={() => setAsked(undefined)} />}
    </li>
  )
}

/** Publishes `apps.yaml` with a key added or retired, based on the revision just read. */
function Change({
  app,
  name,
  asked: { retire },
  close,
}: {
  readonly app: string
  readonly name: string
  readonly asked: Asked
  readonly close: () => void
}) {
  const client = useQueryClient()
  const publishing = useMutation({
    gcTime: 0,
    mutationFn: async () => {
      const { revision } = await call('readStatus', {})
      const { files } = await call('exportRevision', { params: { revision } })
      const key = newWriteKey()
      const before = files[FILE] ?? ''
      const text = retire === undefined ? withNewKey(before, app, key) : await withRetiredKey(before, app, retire)
      if (text === undefined) throw new Error(`${FILE} does not name it`)
      const message = retire === undefined ? `a new write key for ${app}` : `write key ${retire} of ${app} retired`
      const answer = await call('publish', { ifMatch: revision, body: { files: { [FILE]: text }, message } })
      return { answer, key: retire === undefined ? key : undefined }
    },
    onSettled: () => client.invalidateQueries(),
  })
  const word = retire === undefined ? 'Add a new key' : 'Retire'
  const { data, error } = publishing
  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && close()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog">
          <AlertDialog.Title className="dialog-title">
            {retire === undefined ? `A new write key for ${name}?` : `Retire the key ${retire} of ${name}?`}
          </AlertDialog.Title>
          <AlertDialog.Description className="dialog-text">
            {retire === undefined
              ? 'It is good at once, beside the others. It is shown once, here.'
              : 'Copies of the app that still send with it are answered 400 and delete what they hold. To bring it back takes another person.'}
          </AlertDialog.Description>
          <Problem of={error} />
          {data !== undefined && (
            <div role="status">
              <p>
                {data.answer.result === 'proposed'
                  ? `It waits for another person: proposal ${data.answer.proposal}.`
                  : `Live as revision ${data.answer.revision}, on every thread.`}
              </p>
              {data.key !== undefined && (
                <>
                  <p>
                    The new key, which this console does not show again (it is in <code>{FILE}</code>):
                  </p>
                  <ScrollText>{data.key}</ScrollText>
                </>
              )}
            </div>
          )}
          <div className="dialog-buttons">
            <AlertDialog.Close className="button">{data === undefined ? 'Cancel' : 'Done'}</AlertDialog.Close>
            {data === undefined && (
              <button
                type="button"
                className="button primary"
                disabled={publishing.isPending}
                onClick={() => publishing.mutate()}
              >
                {publishing.isPending ? 'Waiting for every thread…' : word}
              </button>
            )}
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
