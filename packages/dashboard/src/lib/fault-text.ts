import { Problem } from '@clawdxcraft/sdk'

/** As browsers put it when no answer came to a request, or no file of the page. */
const NO_ANSWER = /fetch|network|load|import/i

/** What went wrong, in words for people. Where a proxy answers in place of the server, what it says is no JSON. */
export function faultText(error: Error): string {
  if (error instanceof Problem) return error.message
  const isUnreachable =
    error.name === 'TimeoutError' ||
    error instanceof SyntaxError ||
    (error instanceof TypeError && NO_ANSWER.test(error.message))
  return isUnreachable ? 'The server cannot be reached.' : error.message
}
