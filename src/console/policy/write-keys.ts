/** Write keys in `apps.yaml`: a new one beside the old ones, an old one retired; comments and order stay. */
import { isMap, isScalar, isSeq, parseDocument, type YAMLSeq } from 'yaml'

const KEY_BYTES = 18

/** 24 letters: what the gateway takes for a key, and nobody guesses. */
export function newWriteKey(): string {
  const text = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(KEY_BYTES)))
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_')
}

/** The first digits of its SHA-256, as the API names it. */
export async function idOfKey(key: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key))
  return [...new Uint8Array(digest)]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .slice(0, 12)
}

/** Both keys are good from then on. Undefined where the file has no such app. */
export function withNewKey(text: string, app: string, key: string): string | undefined {
  return changed(text, app, (live) => {
    live.add(key)
    return true
  })
}

/** The key of this id is answered 400 from then on. Undefined where the app has no such live key. */
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
