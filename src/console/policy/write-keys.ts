/** Adds and retires write keys in `apps.yaml`, keeping comments and order. */
import { isMap, isScalar, isSeq, parseDocument, type YAMLSeq } from 'yaml'

const KEY_BYTES = 18

/** 24 random letters: valid as a write key, and not guessable. */
export function newWriteKey(): string {
  const text = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(KEY_BYTES)))
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_')
}

/** The first digits of its SHA-256: the key's id in the API. */
export async function idOfKey(key: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key))
  return [...new Uint8Array(digest)]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .slice(0, 12)
}

/** Both keys are valid from then on. Undefined if the file has no such app. */
export function withNewKey(text: string, app: string, key: string): string | undefined {
  return changed(text, app, (live) => {
    live.add(key)
    return true
  })
}

/** Requests with the retired key get 400. Undefined if the app has no such live key. */
export async function withRetiredKey(text: string, app: string, id: string): Promise<string | undefined> {
  const keys = listsIn(text, app)?.live.items.map((item) => String(isScalar(item) ? item.value : item)) ?? []
  const ids = await Promise.all(keys.map(idOfKey))
  const index = ids.indexOf(id)
  const key = keys[index]
  if (key === undefined) return undefined
  return changed(text, app, (live, retire) => {
    live.delete(index)
    retire(key)
    return true
  })
}

function listsIn(text: string, app: string) {
  const document = parseDocument(text)
  const apps = document.get('apps')
  if (document.errors.length > 0 || !isSeq(apps)) return undefined
  const found = apps.items.find((item) => isMap(item) && item.get('id') === app)
  if (!isMap(found)) return undefined
  const live = found.get('write_keys')
  return isSeq(live) ? { document, found, live } : undefined
}

function changed(
  text: string,
  app: string,
  change: (live: YAMLSeq, retire: (key: string) => void) => boolean,
): string | undefined {
  const lists = listsIn(text, app)
  if (lists === undefined) return undefined
  const { document, found, live } = lists
  const retire = (key: string): void => {
    const retired = found.get('retired_keys')
    if (isSeq(retired)) retired.add(key)
    else found.set('retired_keys', document.createNode([key], { flow: true }))
  }
  return change(live, retire) ? document.toString({ lineWidth: 0 }) : undefined
}
