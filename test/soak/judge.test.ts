import { deepEqual, throws } from 'node:assert/strict'
import { describe, it } from 'node:test'
import { judgeSamples, type Sample } from './judge.ts'

const MB = 1_048_576

/** 30 samples: a gateway that fills its caches in the first third and then needs no more. */
function samples(change: (index: number) => Partial<Sample> = () => ({})): readonly Sample[] {
  return Array.from({ length: 30 }, (_, index) => ({
    atMs: index * 1_000,
    live: Math.min(index, 9) * 10 * MB + 80 * MB,
    memory: 300 * MB + index * 5 * MB,
    descriptors: 80 + (index % 3),
    lagMs: 2 + (index % 5),
    disk: index * 400_000,
    accepted: index * 1_000,
    ...change(index),
  }))
}

const failing = (of: readonly Sample[]): readonly string[] =>
  judgeSamples(of)
    .filter(({ holds }) => !holds)
    .map(({ what }) => what.slice(0, 20))

describe('the judge of a soak', () => {
  it('lets pass what fills its caches and then stays', () => {
    deepEqual(failing(samples()), [])
  })

  it('sees memory that grows', () => {
    deepEqual(failing(samples((index) => ({ live: (100 + index * 5) * MB }))), ['what the heaps hold '])
  })

  it('sees descriptors that nobody closes', () => {
    deepEqual(failing(samples((index) => ({ descriptors: 80 + index * 5 }))), ['open files and socke'])
  })

  it('sees a disk that fills faster and faster', () => {
    deepEqual(failing(samples((index) => ({ disk: index * index * 40_000 }))), ['an event takes the s'])
  })

  it('sees turns that have become long', () => {
    deepEqual(failing(samples((index) => ({ lagMs: index * 40 }))), ['an answer without wo'])
  })

  it('refuses to judge too little', () => {
    throws(() => judgeSamples(samples().slice(0, 8)), RangeError)
  })
})
