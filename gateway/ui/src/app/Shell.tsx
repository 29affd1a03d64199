/** What surrounds every page: navigation, the notice while the gateway is away, the keys, the dialog for a token. */
import { Alert, AppShell, Button, Group, Kbd, Modal, Table, useMantineColorScheme, useComputedColorScheme } from '@mantine/core'
import { type ReactNode, useEffect, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { useConnection } from '../api/connection'
import { texts } from '../texts'
import { duration } from '../time'
import { useKeys } from './keys'
import classes from './app.module.css'
import { SignIn } from './SignIn'
import { useNow } from './useNow'

export function Shell({ children }: { children: ReactNode }) {
  const [help, setHelp] = useState(false)
  useKeys({ '?': () => setHelp(true) })
  return (
    <AppShell header={{ height: 52 }} padding="md">
      <a className={classes.skip} href="#content">
        {texts.skipToContent}
      </a>
      <AppShell.Header className={classes.header}>
        <Group h="100%" px="md" gap="xs" wrap="nowrap">
          <Link href="/" className={classes.brand}>
            {texts.brand}
          </Link>
          <nav aria-label={texts.navigation} className={classes.nav}>
            {PAGES.map(([href, label]) => (
              <NavItem key={href} href={href} label={label} />
            ))}
          </nav>
          <Group gap={4} ml="auto" wrap="nowrap">
            <Button variant="subtle" size="compact-sm" className={classes.wide} onClick={() => setHelp(true)}>
              {texts.keys.button}
            </Button>
            <SchemeSwitch />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Main id="content">
        <Away />
        {children}
      </AppShell.Main>
      <SignIn />
      <Modal opened={help} onClose={() => setHelp(false)} title={texts.keys.title}>
        <Table>
          <Table.Tbody>
            {texts.keys.all.map(([key, does]) => (
              <Table.Tr key={key}>
                <Table.Td>
                  <Kbd>{key}</Kbd>
                </Table.Td>
                <Table.Td>{does}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Modal>
    </AppShell>
  )
}

/** The tab's title; a page calls it with its own. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · ${texts.brand}`
  }, [title])
}

function NavItem({ href, label }: { href: string; label: string }) {
  const [location] = useLocation()
  const here = location === href || location.startsWith(`${href}/`)
  return (
    <Link href={href} className={classes.navItem} aria-current={here ? 'page' : undefined}>
      {label}
    </Link>
  )
}

function SchemeSwitch() {
  const { setColorScheme } = useMantineColorScheme()
  const dark = useComputedColorScheme('light') === 'dark'
  return (
    <Button variant="subtle" size="compact-sm" onClick={() => setColorScheme(dark ? 'light' : 'dark')}>
      {dark ? texts.lightTheme : texts.darkTheme}
    </Button>
  )
}

function Away() {
  const { failures, since } = useConnection()
  const now = useNow(failures > 0)
  if (!failures || since === null) return null
  return (
    <Alert color="red" mb="md" role="alert" title={texts.gateway.away}>
      {texts.gateway.awaySince(duration(now - since))}
    </Alert>
  )
}

const PAGES = [
  ['/sources', texts.sources.title],
  ['/jobs', texts.jobs.title],
  ['/executions', texts.executions.title],
] as const
