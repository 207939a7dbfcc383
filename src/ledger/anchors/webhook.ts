/** Checkpoints POSTed to a URL: a mailbox, a chat, another company's archive. */
import type { Anchor } from './ports.ts'
import { postText } from './post.ts'

/** @param authorization read at each call, so that it may rotate; undefined if none is needed */
export function webhookAnchor(url: string, authorization: (() => string) | undefined): Anchor {
  return {
    name: 'webhook',
    where: new URL(url).origin,
    put: async ({ note }) => {
      const { status } = await postText(
        url,
        note,
        authorization === undefined ? {} : { authorization: authorization() },
      )
      if (status < 200 || status > 299) throw new Error(`it answered ${status}`)
    },
  }
}
