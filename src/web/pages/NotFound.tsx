import { Link } from 'wouter';
import { Empty } from '../kit/states.tsx';

export default function NotFound() {
  return <Empty title="There is no page at this address."><Link href="/">To the sessions</Link></Empty>;
}
