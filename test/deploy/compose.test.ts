import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { environmentOf, readDockerfile } from './dockerfile.js';

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly deploy: { readonly resources: { readonly limits: Readonly<Record<string, string>> } };
}

const folder = join(repositoryRoot(), 'deploy');
const read = (path: string): unknown =>
  parse(readFileSync(join(folder, path), 'utf8'), { merge: true });
const { services, volumes } = read('compose.yaml') as {
  services: Readonly<Record<'gateway' | 'prometheus' | 'grafana', Service>>;
  volumes: Readonly<Record<string, unknown>>;
};
const each = Object.entries(services);
const urlIn = (text: string): string => /https?:.*$/.exec(text)![0];
const portInside = ({ ports }: Service): string => ports[0]!.split(':').at(-1)!;

describe('deploy/compose.yaml', () => {
  it('builds the gateway by the Dockerfile, and pins every other image to a version', () => {
    const { build } = services.gateway;

    assert.ok(existsSync(join(folder, build!.context, build!.dockerfile)));
    for (const [name, { image }] of each) assert.match(image, /:v?\d+\.\d+\.\d+$/, name);
  });

  it('opens ports on this machine alone', () => {
    for (const [name, { ports }] of each)
      for (const port of ports) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/, name);
  });

  it('mounts files that are there, to read only, and volumes that it declares', () => {
    for (const volume of each.flatMap(([, service]) => service.volumes)) {
      const [source, , mode] = volume.split(':');
      if (source!.startsWith('.')) {
        assert.ok(existsSync(join(folder, source!)), source);
        assert.equal(mode, 'ro', volume);
      } else assert.ok(Object.hasOwn(volumes, source!), source);
    }
  });

  it('gives no service the right to write its image, a capability, or the whole machine', () => {
    for (const [name, { read_only, cap_drop, deploy }] of each) {
      assert.equal(read_only, true, name);
      assert.deepEqual(cap_drop, ['ALL'], name);
      assert.deepEqual(Object.keys(deploy.resources.limits), ['cpus', 'memory'], name);
    }
  });

  it('asks each service for its health, and waits for health where it says so', () => {
    const [final] = readDockerfile().slice(-1);
    const hasCheck = new Map(
      each.map(([name, { healthcheck }]) => [name, healthcheck !== undefined]),
    );
    hasCheck.set(
      'gateway',
      final!.instructions.some(({ name }) => name === 'HEALTHCHECK'),
    );

    assert.deepEqual(
      [...hasCheck].filter(([, has]) => !has),
      [],
    );
    for (const [name, service] of each) {
      const asked = service.healthcheck?.test.at(-1);
      const port = Number(portInside(service));
      if (asked !== undefined) assert.equal(Number(new URL(urlIn(asked)).port), port, name);
    }
    for (const dependency of each.flatMap(([, service]) => Object.keys(service.depends_on ?? {})))
      assert.ok(Object.hasOwn(services, dependency), dependency);
  });

  it('lets a drain end before the gateway is killed', () => {
    const { stop_grace_period } = services.gateway as Service & { stop_grace_period: string };
    const defaultGraceS = 20;

    assert.ok(Number.parseInt(stop_grace_period, 10) > defaultGraceS);
  });

  it('is one chain: Prometheus scrapes the gateway, Grafana asks Prometheus', () => {
    const { scrape_configs, global } = read('prometheus/prometheus.yml') as {
      global: { scrape_interval: string };
      scrape_configs: { static_configs: { targets: string[] }[] }[];
    };
    const { datasources } = read('grafana/provisioning/datasources/prometheus.yaml') as {
      datasources: { type: string; url: string; jsonData: { timeInterval: string } }[];
    };
    const port = environmentOf(readDockerfile().at(-1)!)['UNDERSTUDY_PORT']!;

    assert.equal(portInside(services.gateway), port);
    assert.deepEqual(scrape_configs[0]!.static_configs[0]!.targets, [`gateway:${port}`]);
    assert.equal(datasources[0]!.type, 'prometheus');
    assert.equal(datasources[0]!.url, `http://prometheus:${portInside(services.prometheus)}`);
    assert.equal(datasources[0]!.jsonData.timeInterval, global.scrape_interval);
  });

  it('shows the Overview first, from the folder that Grafana reads dashboards from', () => {
    const { providers } = read('grafana/provisioning/dashboards/understudy.yaml') as {
      providers: { options: { path: string } }[];
    };
    const home = services.grafana.environment!['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH']!;
    const mounted = services.grafana.volumes.map((volume) => volume.split(':'));
    const [source] = mounted.find(([, target]) => target === providers[0]!.options.path)!;

    assert.ok(home.startsWith(`${providers[0]!.options.path}/`));
    assert.ok(existsSync(join(folder, source!, home.slice(providers[0]!.options.path.length))));
  });
});
