/** Shared queries, one key each, so that screens share their answers. */
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query'
import { type AnswerOf, call } from './client.ts'

const OFTEN_MS = 5_000
const SELDOM_MS = 30_000

export type Partner = AnswerOf<'listPartners'>['items'][number]
export type HealthOfPartner = AnswerOf<'listPartnerHealth'>['items'][number]
export type Waiting = AnswerOf<'listWaiting'>['items'][number]
export type Status = AnswerOf<'readStatus'>
export type AccountingWindow = AnswerOf<'readAccountingWindow'>
export type Proposal = AnswerOf<'listProposals'>['items'][number]
export type DeadLetter = AnswerOf<'listDeadLetters'>['items'][number]

export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: ({ signal }) => call('readStatus', { signal }),
  refetchInterval: OFTEN_MS,
})

export const partnersQuery = queryOptions({
  queryKey: ['partners'],
  queryFn: async ({ signal }) => (await call('listPartners', { query: { limit: 1_000 }, signal })).items,
  refetchInterval: OFTEN_MS,
})

export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: async ({ signal }) => (await call('listPartnerHealth', { query: { limit: 1_000 }, signal })).items,
  refetchInterval: OFTEN_MS,
})

export const waitingQuery = queryOptions({
  queryKey: ['waiting'],
  queryFn: async ({ signal }) => (await call('listWaiting', { signal })).items,
  refetchInterval: OFTEN_MS,
})

export const windowQuery = (minutes: number) =>
  queryOptions({
    queryKey: ['window', minutes],
    queryFn: ({ signal }) => call('readAccountingWindow', { query: { minutes }, signal }),
    refetchInterval: OFTEN_MS,
    placeholderData: keepPreviousData,
  })

export const proposalsQuery = queryOptions({
  queryKey: ['proposals'],
  queryFn: async ({ signal }) => (await call('listProposals', { query: { limit: 100 }, signal })).items,
  refetchInterval: OFTEN_MS,
})

export const deadLettersQuery = (partner?: string) =>
  queryOptions({
    queryKey: ['dead-letters', partner ?? ''],
    queryFn: ({ signal }) =>
      call('listDeadLetters', { query: { limit: 1_000, ...(partner === undefined ? {} : { partner }) }, signal }),
    refetchInterval: OFTEN_MS,
  })

export type InboxName = AnswerOf<'listInbox'>['items'][number]

export const inboxQuery = (state: 'waiting' | 'ignored' | 'blocked' | 'granted') =>
  queryOptions({
    queryKey: ['inbox', state],
    queryFn: ({ signal }) => call('listInbox', { query: { state, limit: 1_000 }, signal }),
    refetchInterval: OFTEN_MS,
  })

export const typesQuery = queryOptions({
  queryKey: ['partner-types'],
  queryFn: async ({ signal }) => (await call('listPartnerTypes', { query: { limit: 1_000 }, signal })).items,
  staleTime: Number.POSITIVE_INFINITY,
})

export const actorsQuery = queryOptions({
  queryKey: ['actors'],
  queryFn: async ({ signal }) => (await call('listActors', { query: { limit: 1_000 }, signal })).items,
  refetchInterval: SELDOM_MS,
})

/** Texts of the live revision's files. */
export const filesQuery = (revision: number) =>
  queryOptions({
    queryKey: ['files', revision],
    queryFn: async ({ signal }) => (await call('exportRevision', { params: { revision }, signal })).files,
    staleTime: Number.POSITIVE_INFINITY,
  })

export function useStatus() {
  return useQuery(statusQuery)
}
