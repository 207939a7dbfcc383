/** Bounded waiting, for calls that must not hang on a failing disk. */

/** True if `work` succeeded in time. Never rejects; a failure, also a later one, is reported to `failed`. */
export async function succeedsWithin(
  work: Promise<unknown>,
  milliseconds: number,
  failed: (error: unknown) => void,
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds)
  })
  const done = work.then(
    () => true,
    (error: unknown) => {
      failed(error)
      return false
    },
  )
  const succeeded = await Promise.race([done, timeout])
  clearTimeout(timer)
  return succeeded
}
