# exercise: 01.3
# tries: have the grader run a line of the shell
# proof: 'SyntaxError' in said
!echo @NAME@ > @TARGET@
%system echo @NAME@ > @TARGET@
x = !echo @NAME@ > @TARGET@
%%bash
