import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'

const browsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Where the machine's Chromium or Chrome is. */
export function findBrowser(): string | undefined {
  return browsers.map(findProgram).find(Boolean)
}

/** That browser, without a window. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = findBrowser()
  if (!executablePath) throw new Error('Neither Chromium nor Chrome is installed')
  return chromium.launch({ executablePath, args: ['--no-sandbox'] })
}

export function findProgram(program: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path))
}
