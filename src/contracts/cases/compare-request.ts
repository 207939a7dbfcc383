/** Compares an expected request with the real one by meaning, not text. */
import type { ShownRequest } from '../../simulate/stages.ts'
import { isMap } from '../salvage.ts'
import type { Case } from './options.ts'

type Expected = NonNullable<Case['expect']['request']>

/** One line per difference; none if they are equal. */
export function differences(expected: Expected, real: ShownRequest): readonly string[] {
  return [
    ...(expected.method === undefined || expected.method === real.method
      ? []
      : [line('method', expected.method, real.method)]),
    ...urlDifferences(expected.url, real.url),
    ...(expected.headers === undefined
      ? []
      : dataDifferences('header', lowered(expected.headers), lowered(real.headers))),
    ...bodyDifferences(expected.body, real.body),
  ]
}

function urlDifferences(expected: string, real: string): readonly string[] {
  const base = 'https://same.invalid'
  if (!URL.canParse(expected, base)) return [`url: ${JSON.stringify(expected)} is not an address`]
  const [one, other] = [new URL(expected, base), new URL(real)]
  const origin =
    expected.startsWith('/') || one.origin === other.origin ? [] : [line('origin', one.origin, other.origin)]
  const path = one.pathname === other.pathname ? [] : [line('path', one.pathname, other.pathname)]
  return [...origin, ...path, ...dataDifferences('query', grouped(one.searchParams), grouped(other.searchParams))]
}

/** A repeated name keeps the order of its values. */
function grouped(parameters: URLSearchParams): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    [...new Set(parameters.keys())].map((name) => {
      const values = parameters.getAll(name)
      return [name, values.length === 1 ? values[0] : values]
    }),
  )
}

function bodyDifferences(expected: unknown, real: string): readonly string[] {
  if (expected === undefined) return real === '' ? [] : ['body: unexpected, a body is sent and the case names none']
  if (typeof expected === 'string') return expected === real ? [] : [line('body', expected, real)]
  return dataDifferences('body', expected, readBody(real))
}

/** JSON or a form. */
function readBody(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return grouped(new URLSearchParams(body))
  }
}

function dataDifferences(path: string, expected: unknown, real: unknown): readonly string[] {
  if (Array.isArray(expected) && Array.isArray(real)) {
    const length = Math.max(expected.length, real.length)
    return Array.from({ length }, (_, index) =>
      dataDifferences(`${path}[${index}]`, expected[index], real[index]),
    ).flat()
  }
  if (isMap(expected) && isMap(real)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(real)])]
    return keys.flatMap((key) => dataDifferences(`${path}.${key}`, own(expected, key), own(real, key)))
  }
  if (expected === undefined && real === undefined) return []
  if (expected === undefined) return [`${path}: unexpected, ${shown(real)} is sent`]
  if (real === undefined) return [`${path}: ${shown(expected)} is expected and nothing is sent`]
  return JSON.stringify(expected) === JSON.stringify(real) ? [] : [line(path, expected, real)]
}

function own(map: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(map, key) ? map[key] : undefined
}

function lowered(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function line(path: string, expected: unknown, real: unknown): string {
  return `${path}: ${shown(expected)} is expected and ${shown(real)} is sent`
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length <= 200 ? text : `${text.slice(0, 199)}…`
}
