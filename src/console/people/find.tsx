/** Finds a subject by an identity, which is posted once, cleared with the answer and never in a DOM attribute. */
import { useMutation } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { type AnswerOf, ApiProblem, call } from '../api/client.ts'
import { Options } from '../ui/options.tsx'
import { wordsOf } from '../ui/problem.tsx'
import { IDENTITY_WORDS, type IdentityKind } from './words.ts'

export type Found = AnswerOf<'lookUpSubject'>

export function Find({ found }: { readonly found: (found: Found | undefined) => void }) {
  const form = useRef<HTMLFormElement>(null)
  const [namespaces, setNamespaces] = useState<readonly string[]>([])
  const finding = useMutation({
    gcTime: 0,
    mutationFn: async (given: FormData) => {
      const namespace = String(given.get('namespace') ?? '')
      const kind = String(given.get('kind')) as IdentityKind
      return call('lookUpSubject', {
        body: {
          identities: { [kind]: String(given.get('identity')).trim() },
          ...(namespace === '' ? {} : { namespace }),
        },
      })
    },
    onSuccess: (answer) => {
      form.current?.reset()
      found(answer)
    },
    onError: (error) => {
      const details = error instanceof ApiProblem ? error.details : {}
      if (details.needs === 'namespace' && Array.isArray(details.allowed)) setNamespaces(details.allowed.map(String))
    },
  })
  return (
    <form
      ref={form}
      className="card find"
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault()
        found(undefined)
        finding.mutate(new FormData(event.currentTarget))
      }}
    >
      <label>
        Find by
        <select name="kind">
          <Options of={Object.entries(IDENTITY_WORDS)} />
        </select>
      </label>
      <label className="identity">
        The identity
        <input name="identity" type="text" required maxLength={512} spellCheck={false} autoCapitalize="off" />
      </label>
      {namespaces.length > 0 && (
        <label>
          Whose user id
          <select name="namespace">
            {namespaces.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
      <button type="submit" className="button primary" disabled={finding.isPending}>
        {finding.isPending ? 'Looking…' : 'Find'}
      </button>
      <p className="quiet small">
        Verify who asks before. It is on record that you looked, and the person’s own statement says so.
      </p>
      {finding.error !== null && (
        <p role="alert" className="problem-line">
          {findText(finding.error)}
        </p>
      )}
    </form>
  )
}

function findText(error: unknown): string {
  if (!(error instanceof ApiProblem) || error.code !== 'ERR_IDENTITY_INVALID') return wordsOf(error)
  return error.details.needs === 'namespace'
    ? 'Apps name their users apart: say whose user id it is, and find again.'
    : 'This identifies nobody: it is not a value of the chosen kind, or a placeholder such as zeros.'
}
