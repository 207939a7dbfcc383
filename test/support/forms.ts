/** Every form in which a value could hide in bytes. Written apart from the guard, to judge it. */
import { createHash } from 'node:crypto'

export function formsOf(value: string | number): readonly string[] {
  const text = String(value)
  const plain = [
    text,
    text.toLowerCase(),
    text.toUpperCase(),
    text.replaceAll('-', ''),
    text.replaceAll('-', '').toLowerCase(),
  ]
  const hashes = plain.flatMap((form) =>
    ['md5', 'sha1', 'sha256'].map((name) => createHash(name).update(form).digest('hex')),
  )
  return [
    ...new Set([
      ...plain,
      encodeURIComponent(text),
      Buffer.from(text).toString('base64'),
      Buffer.from(text).toString('base64url'),
      Buffer.from(text).toString('hex'),
      ...hashes,
    ]),
  ]
}

/** The form of any of these values that is in `bytes`, if one is. Values shorter than six characters are not judged. */
export function foundIn(bytes: string, values: readonly (string | number)[]): string | undefined {
  return values
    .filter((value) => String(value).length >= 6)
    .flatMap(formsOf)
    .find((form) => bytes.includes(form))
}
