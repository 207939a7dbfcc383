/** Waiting with an end, for what must not be held up by a disk that is dying. */

/** True where `work` succeeded within this time. Never rejects; what fails later is `failed`'s to say. */
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
