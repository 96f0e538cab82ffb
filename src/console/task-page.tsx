import { useCallback } from 'preact/hooks';
import type { TaskJson } from '../http/api-types.js';
import { getRuns, getStudents, getTimeline, getTraffic } from './api.js';
import { DistilPanel } from './distillation/distil-panel.js';
import { TaskName } from './evaluation/task-name.js';
import { DrawPanel } from './draw/draw-panel.js';
import { EdgePanel } from './edge/edge-panel.js';
import { TypedPanel } from './typed/typed-panel.js';
import { ReviewPanel } from './review/review-panel.js';
import { TaskStatus } from './status/task-status.js';
import { TradeoffPanel } from './tradeoff/tradeoff-panel.js';
import { EventsPanel } from './traffic/events-panel.js';
import { TrafficPanel } from './traffic/traffic-panel.js';
import { usePolled } from './use-polled.js';
import { VersionsPanel } from './versions/versions-panel.js';

interface Props {
  readonly task: TaskJson;
  /** When `task` was asked for: all relative times of the page count from it. */
  readonly nowMs: number;
  readonly onChange: () => void;
}

const trafficMinutes = 10;
/** Events to list, and to mark in the charts. */
const eventsMax = 200;
const pulseMs = 1_500;
/** Versions change seldom, and `onChange` says when. */
const studentsMs = 6_000;

/** Everything about one task. */
export function TaskPage({ task, nowMs, onChange }: Props) {
  const { name } = task;
  const traffic = usePolled(
    useCallback((signal) => getTraffic(name, trafficMinutes, signal), [name]),
    pulseMs,
  );
  const runs = usePolled(
    useCallback((signal) => getRuns(name, signal), [name]),
    pulseMs,
  );
  const timeline = usePolled(
    useCallback((signal) => getTimeline(name, eventsMax, signal), [name]),
    pulseMs,
  );
  const students = usePolled(
    useCallback((signal) => getStudents(name, signal), [name]),
    studentsMs,
  );
  const events = timeline.value ?? [];
  const refresh = useCallback(() => {
    onChange();
    for (const polled of [traffic, runs, timeline, students]) polled.refresh();
  }, [onChange, traffic.refresh, runs.refresh, timeline.refresh, students.refresh]);

  return (
    <main class="page">
      <TaskStatus task={task} nowMs={nowMs} />
      {task.input.kind === 'image' && task.input.channels === 1 ? (
        <DrawPanel task={task} size={task.input} />
      ) : (
        <TypedPanel key={name} task={task} />
      )}
      {task.hasSamples && task.input.kind !== 'tensor' && (
        <EdgePanel key={`${name} edge`} task={task} />
      )}
      <TrafficPanel task={task} traffic={traffic.value} events={events} minutes={trafficMinutes} />
      <TradeoffPanel task={task} onChange={refresh} />
      <ReviewPanel key={`${name} review`} task={task} />
      <TaskName.Provider value={name}>
        <DistilPanel task={task} runs={runs.value} nowMs={nowMs} onChange={refresh} />
        <EventsPanel events={events} nowMs={nowMs} />
        <VersionsPanel task={task} students={students.value} nowMs={nowMs} onChange={refresh} />
      </TaskName.Provider>
    </main>
  );
}
