/** The moment, each second, for what is shown as an age. By the gateway's clock with `ofServer`. */
import { useEffect, useState } from 'react'
import { serverNow } from '../api/connection'

export function useNow(ticking: boolean, ofServer = false): number {
  const clock = ofServer ? serverNow : Date.now
  const [now, setNow] = useState(clock)
  useEffect(() => {
    if (!ticking) return
    setNow(clock())
    const timer = setInterval(() => setNow(clock()), 1000)
    return () => clearInterval(timer)
  }, [ticking, clock])
  return now
}
