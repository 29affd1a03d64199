/** The tab's icon: a ring that fills while something runs, then green or red. */
import type { Execution } from '../api/client'

const COLOURS = { running: '#1c6fd6', completed: '#178a3c', failed: '#c92a2a' }
const ROUND = 2 * Math.PI * 12

export function faviconSvg(status: Execution['status'], progress: number): string {
  const filled = status === 'running' ? (ROUND * progress) / 100 : ROUND
  const ring = (colour: string, dash: string) =>
    `<circle cx="16" cy="16" r="12" fill="none" stroke="${colour}" stroke-width="7" stroke-dasharray="${dash}" transform="rotate(-90 16 16)"/>`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${ring('#b9c0c7', `${ROUND}`)}${ring(COLOURS[status], `${filled.toFixed(2)} ${ROUND}`)}</svg>`
}

/** Null: the pages' own icon. */
export function setFavicon(status: Execution['status'] | null, progress: number): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
  if (link) link.href = `data:image/svg+xml,${encodeURIComponent(faviconSvg(status ?? 'completed', progress))}`
}
