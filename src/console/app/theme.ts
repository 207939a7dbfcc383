/** Light, dark or system theme. The only value that the console stores in the browser. */
import { useEffect, useState } from 'react'

export const THEMES = [
  { value: 'system', word: 'Light or dark as the system' },
  { value: 'light', word: 'Light' },
  { value: 'dark', word: 'Dark' },
] as const
const KEY = 'theme'

export function useTheme(): [string, (theme: string) => void] {
  const [theme, setTheme] = useState(readTheme)
  useEffect(() => {
    applyTheme(theme)
    if (theme === 'system') localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, theme)
  }, [theme])
  return [theme, setTheme]
}

export function readTheme(): string {
  const kept = localStorage.getItem(KEY)
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

export function applyTheme(theme: string): void {
  document.documentElement.dataset.theme = theme
}
