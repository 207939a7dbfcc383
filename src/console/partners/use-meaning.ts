/** The meaning of a draft, requested from the gateway when typing pauses. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { type AnswerOf, call } from '../api/client.ts'
import { problemsOf } from '../ui/problem.tsx'

const REST_MS = 500

export type Files = Readonly<Record<string, string>>
export interface DraftMeaning {
  readonly isPending: boolean
  readonly problems: readonly string[]
  readonly diff: AnswerOf<'diffRevisions'> | undefined
  readonly warnings: readonly string[]
  readonly error: unknown
}

export function useMeaning(changed: Files): DraftMeaning {
  const rested = useRested(changed)
  const isChanged = Object.keys(rested).length > 0
  const asked = useQuery({
    queryKey: ['meaning', rested],
    queryFn: async ({ signal }) => {
      const [{ warnings }, diff] = await Promise.all([
        call('validateChange', { body: { files: rested }, signal }),
        call('diffRevisions', { body: { after: { files: rested } }, signal }),
      ])
      return { warnings, diff }
    },
    enabled: isChanged,
  })
  const known = isChanged ? asked.data : undefined
  return {
    isPending: rested !== changed || (isChanged && asked.isPending),
    problems: isChanged ? problemsOf(asked.error) : [],
    diff: known?.diff,
    warnings: known?.warnings ?? [],
    error: isChanged ? asked.error : null,
  }
}

function useRested<Value>(value: Value): Value {
  const [rested, setRested] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), REST_MS)
    return () => clearTimeout(timer)
  }, [value])
  return rested
}
