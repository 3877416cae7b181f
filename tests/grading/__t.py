import sys,time,tempfile
from tests.grading.test_sandbox import Asked, CASE
from karpathy_course.grading.sandbox import modes
libs=tuple(sys.argv[2].split(","))
class T(Asked): libraries=libs; seconds=20.
src=sys.argv[3]
b,_=modes.find(sys.argv[1], tempfile.mkdtemp())
t=time.time()
with b.box(60,libs) as box:
    t1=time.time()
    box.send(T,[["answer-00-2","def answer():\n"+"\n".join("    "+l for l in src.split(";"))]],[CASE])
    print(box.take([CASE])); print(t1-t,time.time()-t1)
