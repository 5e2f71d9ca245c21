import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const browsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Where the machine's Chromium or Chrome is. */
export function findBrowser(): string | undefined {
  return browsers.map(findProgram).find(Boolean)
}

export function findProgram(program: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path))
}
